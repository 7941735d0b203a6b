"""Reports of people: made once at a time, decided on once, by somebody whom they do not concern."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.auth import UserReported, UserReportReviewed
from servicekit.testing.messages import published
from servicekit.testing.people import MakePerson, SignedIn

REPORTS = "/api/v1/admin/social/reports"


@pytest.fixture
async def moderator(make_person: MakePerson) -> SignedIn:
    return await make_person(role=Role.MODERATOR)


@pytest.fixture
async def troll(make_person: MakePerson) -> SignedIn:
    return await make_person(full_name="Troll")


async def report(
    client: httpx2.AsyncClient, person: SignedIn, other: SignedIn, reason: str = "Insults"
) -> httpx2.Response:
    path = f"/api/v1/social/{other.id}/report"
    return await client.post(path, json={"reason": reason}, headers=person.headers)


async def review(
    client: httpx2.AsyncClient, by: SignedIn, made: httpx2.Response, **more: Any
) -> httpx2.Response:
    body = {"status": "ACTIONED", "action_taken": "Suspended for a week."} | more
    path = f"{REPORTS}/{made.json()['id']}/review"
    return await client.post(path, json=body, headers=by.headers)


async def test_a_report_stands_until_somebody_has_looked(
    client: httpx2.AsyncClient,
    person: SignedIn,
    troll: SignedIn,
    moderator: SignedIn,
    session: AsyncSession,
) -> None:
    made = await report(client, person, troll)
    again = await report(client, person, troll, "More insults")
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json()
    [event] = await published(session, UserReported)
    assert (event.reporter_id, event.reported_id) == (person.id, troll.id)

    decided = await review(client, moderator, made)
    assert decided.status_code == 200
    assert (decided.json()["status"], decided.json()["reviewer_id"]) == (
        "ACTIONED",
        str(moderator.id),
    )
    [told] = await published(session, UserReportReviewed)
    assert (told.reporter_id, told.status, told.version) == (person.id, "ACTIONED", 2)
    assert (await report(client, person, troll)).status_code == 201


async def test_of_two_moderators_at_once_one_decides(
    client: httpx2.AsyncClient,
    person: SignedIn,
    troll: SignedIn,
    moderator: SignedIn,
    admin: SignedIn,
    session: AsyncSession,
) -> None:
    made = await report(client, person, troll)
    answers = await asyncio.gather(
        review(client, moderator, made), review(client, admin, made, status="DISMISSED")
    )

    assert sorted(one.status_code for one in answers) == [200, 409]
    [late] = [one for one in answers if one.status_code == 409]
    assert late.json()["code"] == "report-decided"
    assert len(await published(session, UserReportReviewed)) == 1


async def test_nobody_decides_on_a_report_that_concerns_them(
    client: httpx2.AsyncClient, person: SignedIn, moderator: SignedIn, make_person: MakePerson
) -> None:
    other = await make_person(role=Role.MODERATOR)
    of_moderator = await report(client, person, moderator)
    by_moderator = await report(client, moderator, other)

    for made, concerned in ((of_moderator, moderator), (by_moderator, moderator)):
        refused = await review(client, concerned, made)
        assert (refused.status_code, refused.json()["code"]) == (403, "own-report")
    assert (await review(client, other, of_moderator)).status_code == 200


async def test_reports_are_listed_by_status_and_person_oldest_first(
    client: httpx2.AsyncClient,
    person: SignedIn,
    troll: SignedIn,
    moderator: SignedIn,
    make_person: MakePerson,
) -> None:
    made = [await report(client, one, troll) for one in (person, await make_person())]
    other = await report(client, person, await make_person())
    await review(client, moderator, made[0], status="REVIEWED", action_taken=None)

    async def ids(query: str) -> list[str]:
        answer = await client.get(f"{REPORTS}?{query}", headers=moderator.headers)
        return [one["id"] for one in answer.json()["items"]]

    first, second, third = (one.json()["id"] for one in (*made, other))
    assert await ids("status=OPEN") == [second, third]
    assert await ids(f"reported_id={troll.id}") == [first, second]
    page = (await client.get(f"{REPORTS}?limit=2", headers=moderator.headers)).json()
    assert await ids(f"limit=2&cursor={page['next_cursor']}") == [third]


async def test_what_is_wrong_with_a_report_is_said(
    client: httpx2.AsyncClient, person: SignedIn, troll: SignedIn, moderator: SignedIn
) -> None:
    made = await report(client, person, troll)
    oneself = await report(client, person, person)
    nothing = await report(client, person, troll, "")
    unknown = await client.post(
        f"/api/v1/social/{uuid4()}/report", json={"reason": "x"}, headers=person.headers
    )
    gone = await client.post(
        f"{REPORTS}/{uuid4()}/review", json={"status": "REVIEWED"}, headers=moderator.headers
    )

    assert (oneself.status_code, oneself.json()["code"]) == (409, "reporting-oneself")
    assert (nothing.status_code, unknown.status_code, gone.status_code) == (422, 404, 404)
    assert (await review(client, moderator, made, status="OPEN")).status_code == 422
    assert (await review(client, person, made)).status_code == 403
