"""Scheduling, finding, changing and calling off webinars."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from icalendar import Calendar
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.auth import UserProfileUpdated, UserRegistered
from contracts.event import Account, Person
from contracts.webinar import (
    WebinarCancelled,
    WebinarDeleted,
    WebinarRescheduled,
    WebinarScheduled,
)
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.plugin import MakeCaller

WEBINAR = "/api/v1/webinar"


async def test_a_scheduled_webinar_is_announced_with_its_host(
    client: AsyncClient, session: AsyncSession, host: TestCaller, hear: Any, planned: Any
) -> None:
    person = Account(full_name="Asha Rao", email="asha@demo.docfliq.test")
    await hear(UserRegistered(version=1, user_id=host.user_id, role=Role.INSTRUCTOR, person=person))
    body = planned(pricing_type="PAID", price="250.50", capacity=100, speakers=["Dr Bose"])

    answer = await client.post(WEBINAR, json=body, headers=host.headers)

    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["location"] == f"{WEBINAR}/{made['id']}"
    assert (made["host_name"], made["price"], made["status"]) == ("Asha Rao", "250.50", "SCHEDULED")
    assert (made["seats_left"], made["speakers"]) == (100, ["Dr Bose"])
    [event] = await published(session, WebinarScheduled)
    assert (str(event.webinar_id), event.amount_minor) == (made["id"], 25050)
    assert (event.version, event.sequence, event.person.full_name) == (1, 0, "Asha Rao")
    assert event.specialty_tags == ["cardiology"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"pricing_type": "PAID"}, "validation-failed"),
        ({"price": "10.00"}, "validation-failed"),
        ({"pricing_type": "FREE_PLUS_CERTIFICATE", "price": "10.00"}, "not-yet-supported"),
        ({"starts_at": "2020-01-01T00:00:00Z"}, "webinar-in-the-past"),
        ({"starts_at": "2030-01-01T00:00:00"}, "validation-failed"),
        ({"starts_at": "9999-12-31T23:59:00Z"}, "validation-failed"),
        ({"capacity": 0}, "validation-failed"),
        ({"price": 10.5}, "validation-failed"),
        ({"title": "a\x00b"}, "validation-failed"),
        ({"surprise": 1}, "validation-failed"),
    ],
)
async def test_an_unsound_plan_is_refused(
    client: AsyncClient, host: TestCaller, planned: Any, change: dict[str, Any], code: str
) -> None:
    answer = await client.post(WEBINAR, json=planned(**change), headers=host.headers)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_only_who_teaches_schedules(
    client: AsyncClient, guest: TestCaller, planned: Any
) -> None:
    assert (await client.post(WEBINAR, json=planned())).status_code == 401
    answer = await client.post(WEBINAR, json=planned(), headers=guest.headers)
    assert answer.status_code == 403


async def test_the_list_shows_what_is_to_come_page_by_page(
    client: AsyncClient, make_webinar: Any
) -> None:
    made = [
        await make_webinar(starts_at=(now() + timedelta(days=days)).isoformat())
        for days in (3, 1, 2)
    ]
    first = (await client.get(WEBINAR, params={"limit": 2})).json()
    second = (await client.get(WEBINAR, params={"limit": 2, "cursor": first["next_cursor"]})).json()

    shown = [item["id"] for item in first["items"] + second["items"]]
    assert shown == [made[1]["id"], made[2]["id"], made[0]["id"]]
    assert second["next_cursor"] is None


async def test_filters_narrow_the_list(
    client: AsyncClient, make_webinar: Any, host: TestCaller
) -> None:
    paid = await make_webinar(pricing_type="PAID", price="5.00", title="Paid 100% echo")
    await make_webinar(specialty_tags=["oncology"])

    for params in (
        {"pricing_type": "PAID"},
        {"specialty": "Cardiology", "host_id": str(host.user_id), "q": "100%"},
    ):
        found = (await client.get(WEBINAR, params=params)).json()["items"]
        assert [item["id"] for item in found] == [paid["id"]]
    assert (await client.get(WEBINAR, params={"cursor": "x"})).status_code == 400


async def test_a_webinar_for_others_does_not_exist_for_me(
    client: AsyncClient, make_webinar: Any, guest: TestCaller, make_caller: MakeCaller
) -> None:
    verified = await make_webinar(visibility="VERIFIED_ONLY")
    path = f"{WEBINAR}/{verified['id']}"

    assert (await client.get(path)).status_code == 404
    assert (await client.get(path, headers=guest.headers)).status_code == 404
    checked = make_caller(verified=True)
    assert (await client.get(path, headers=checked.headers)).status_code == 200
    assert (await client.get(f"{WEBINAR}/{uuid7()}")).status_code == 404


async def test_another_time_is_announced_with_a_higher_sequence(
    client: AsyncClient, session: AsyncSession, make_webinar: Any, host: TestCaller
) -> None:
    made = await make_webinar()
    later = (now() + timedelta(days=9)).replace(microsecond=0)

    answer = await client.patch(
        f"{WEBINAR}/{made['id']}", json={"starts_at": later.isoformat()}, headers=host.headers
    )

    assert (answer.status_code, answer.json()["sequence"]) == (200, 1)
    [event] = await published(session, WebinarRescheduled)
    assert (event.version, event.sequence, event.starts_at) == (2, 1, later)


async def test_an_edit_over_somebody_elses_is_refused(
    client: AsyncClient, make_webinar: Any, host: TestCaller
) -> None:
    path = f"{WEBINAR}/{(await make_webinar())['id']}"
    etag = (await client.get(path)).headers["etag"]
    first = await client.patch(
        path, json={"title": "One"}, headers={**host.headers, "If-Match": etag}
    )
    second = await client.patch(
        path, json={"title": "Two"}, headers={**host.headers, "If-Match": etag}
    )

    assert (first.status_code, second.status_code) == (200, 412)
    assert first.headers["etag"] != etag


async def test_somebody_elses_webinar_cannot_be_changed(
    client: AsyncClient, make_webinar: Any, make_caller: MakeCaller
) -> None:
    path = f"{WEBINAR}/{(await make_webinar())['id']}"
    other = make_caller(Role.INSTRUCTOR)

    answers = [
        await client.patch(path, json={"title": "Mine"}, headers=other.headers),
        await client.delete(path, headers=other.headers),
        await client.post(f"{path}/cancel", headers=other.headers),
        await client.get(f"{path}/registrations", headers=other.headers),
    ]

    assert {answer.status_code for answer in answers} == {404}


async def test_a_cancelled_webinar_is_told_once_and_takes_itself_out_of_calendars(
    client: AsyncClient, session: AsyncSession, make_webinar: Any, host: TestCaller
) -> None:
    path = f"{WEBINAR}/{(await make_webinar())['id']}"
    for _ in range(2):
        answer = await client.post(f"{path}/cancel", headers=host.headers)
        assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")

    [event] = await published(session, WebinarCancelled)
    assert (event.version, event.sequence) == (2, 1)
    [entry] = await _calendar(client, path, host, method="CANCEL")
    assert (entry["STATUS"], int(entry["SEQUENCE"])) == ("CANCELLED", 1)
    changed = await client.patch(path, json={"title": "Again"}, headers=host.headers)
    assert changed.status_code == 409


async def test_the_calendar_file_can_be_read_by_a_calendar(
    client: AsyncClient, make_webinar: Any, guest: TestCaller
) -> None:
    made = await make_webinar(title="Ä, b; c\\", description="line\nline " + "x" * 200)

    [entry] = await _calendar(client, f"{WEBINAR}/{made['id']}", guest, method="PUBLISH")

    assert str(entry["SUMMARY"]) == "Ä, b; c\\"
    assert str(entry["UID"]) == f"{made['id']}@docfliq"
    assert entry.decoded("DTEND") - entry.decoded("DTSTART") == timedelta(hours=1)


async def _calendar(client: AsyncClient, path: str, by: TestCaller, *, method: str) -> list[Any]:
    answer = await client.get(f"{path}/calendar.ics", headers=by.headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"text/calendar; charset=utf-8; method={method}"
    calendar = Calendar.from_ical(answer.content)
    assert str(calendar["METHOD"]) == method
    return list(calendar.walk("VEVENT"))


async def test_a_webinar_is_deleted_only_while_nobody_has_a_seat(
    client: AsyncClient,
    session: AsyncSession,
    make_webinar: Any,
    host: TestCaller,
    guest: TestCaller,
) -> None:
    path = f"{WEBINAR}/{(await make_webinar())['id']}"
    await client.post(f"{path}/register", headers=guest.headers)
    refused = await client.delete(path, headers=host.headers)
    await client.delete(f"{path}/register", headers=guest.headers)
    answers = [await client.delete(path, headers=host.headers) for _ in range(2)]

    assert (refused.status_code, refused.json()["code"]) == (409, "webinar-has-registrations")
    assert [answer.status_code for answer in answers] == [204, 204]
    assert (await client.get(path)).status_code == 404
    assert len(await published(session, WebinarCancelled)) == 1


async def test_older_news_of_a_person_does_not_replace_newer(
    client: AsyncClient, make_webinar: Any, host: TestCaller, hear: Any
) -> None:
    made = await make_webinar()
    for version, name in ((3, "Asha Rao-Sen"), (2, "Asha Rao")):
        person = Person(full_name=name)
        await hear(UserProfileUpdated(version=version, user_id=host.user_id, person=person))

    shown = (await client.get(f"{WEBINAR}/{UUID(made['id'])}")).json()
    assert shown["host_name"] == "Asha Rao-Sen"


async def test_what_a_moderator_does_with_a_webinar_is_told_with_their_id(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller, make_webinar: Any
) -> None:
    moderator = make_caller(Role.MODERATOR)
    path = f"{WEBINAR}/{(await make_webinar(capacity=10))['id']}"

    await client.patch(path, json={"capacity": 20}, headers=moderator.headers)
    await client.post(f"{path}/cancel", headers=moderator.headers)
    await client.delete(path, headers=moderator.headers)
    await client.delete(path, headers=moderator.headers)

    [changed] = await published(session, WebinarRescheduled)
    [cancelled] = await published(session, WebinarCancelled)
    [deleted] = await published(session, WebinarDeleted)
    actors = {changed.changed_by, cancelled.cancelled_by, deleted.deleted_by}
    assert actors == {moderator.user_id}
    assert changed.version < cancelled.version < deleted.version
