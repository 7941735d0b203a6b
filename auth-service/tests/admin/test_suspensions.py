"""Suspensions: who may, what ends, and how they end."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.admin.schedules import reinstate_people
from contracts.access import Role, UserReinstated, UserRoleChanged, UserSuspended
from contracts.auth import SessionRefused
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.testing.messages import published
from servicekit.testing.people import MakePerson, SignedIn
from servicekit.testing.waiting import eventually

USERS = "/api/v1/admin/users"
PASSWORD = "correct horse battery"
WHY = {"reason": "Spam in comments."}


@pytest.fixture
async def moderator(make_person: MakePerson) -> SignedIn:
    return await make_person(role=Role.MODERATOR)


async def suspend(
    client: httpx2.AsyncClient, person: SignedIn, by: SignedIn, **more: Any
) -> httpx2.Response:
    return await client.post(
        f"{USERS}/{person.id}/suspend", json={**WHY, **more}, headers=by.headers
    )


async def sign_in(client: httpx2.AsyncClient, person: SignedIn, password: str = PASSWORD) -> Any:
    body = {"email": person.email, "password": password}
    return await client.post("/api/v1/auth/login", json=body)


async def test_a_suspension_ends_sessions_and_keeps_the_person_out(
    client: httpx2.AsyncClient, moderator: SignedIn, person: SignedIn, session: AsyncSession
) -> None:
    answers = [await suspend(client, person, moderator) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[1].json()["status"] == "SUSPENDED"
    assert answers[1].json()["suspension_reason"] == WHY["reason"]

    async def is_stale() -> bool:
        answer = await client.get("/api/v1/auth/me", headers=person.headers)
        return str(answer.json().get("code")) == "token-stale"

    assert await eventually(is_stale, within=2)
    body = {"refresh_token": person.refresh_token}
    assert (await client.post("/api/v1/auth/refresh", json=body)).status_code == 401
    [event] = await published(session, UserSuspended)
    assert (event.user_id, event.suspended_by, event.until) == (person.id, moderator.id, None)


async def test_whoever_is_suspended_is_seen_by_moderators_alone(
    client: httpx2.AsyncClient, moderator: SignedIn, person: SignedIn, make_person: MakePerson
) -> None:
    fan = await make_person()
    follow = f"/api/v1/social/{person.id}/follow"
    await client.post(follow, headers=fan.headers)
    paths = (f"/profile/{person.id}", f"/social/{person.id}/followers")

    async def seen(by: SignedIn) -> list[int]:
        answers = [await client.get(f"/api/v1{path}", headers=by.headers) for path in paths]
        listed = await client.get("/api/v1/social/me/following", headers=fan.headers)
        return [*(one.status_code for one in answers), len(listed.json()["items"])]

    await suspend(client, person, moderator)
    assert await seen(fan) == [404, 404, 0]
    assert await seen(moderator) == [200, 200, 0]
    await client.post(f"{USERS}/{person.id}/reinstate", headers=moderator.headers)
    assert await seen(fan) == [200, 200, 1]


async def test_only_who_knows_the_password_learns_of_the_suspension(
    client: httpx2.AsyncClient, moderator: SignedIn, person: SignedIn, session: AsyncSession
) -> None:
    await suspend(client, person, moderator, until="2090-01-31T00:00:00Z")
    wrong = await sign_in(client, person, "not the password")
    right = await sign_in(client, person)

    assert (wrong.status_code, wrong.json()["code"]) == (401, "credentials-wrong")
    assert (right.status_code, right.json()["code"]) == (403, "account-suspended")
    assert right.json()["until"] == "2090-01-31T00:00:00Z"
    causes = [event.cause for event in await published(session, SessionRefused)]
    assert causes == ["WRONG_PASSWORD", "SUSPENDED"]


async def test_a_reinstated_person_signs_in_again(
    client: httpx2.AsyncClient, moderator: SignedIn, person: SignedIn, session: AsyncSession
) -> None:
    await suspend(client, person, moderator)
    path = f"{USERS}/{person.id}/reinstate"
    answers = [await client.post(path, headers=moderator.headers) for _ in range(2)]

    assert [one.json()["status"] for one in answers] == ["ACTIVE", "ACTIVE"]
    assert answers[0].json()["suspension_reason"] is None
    assert (await sign_in(client, person)).status_code == 200
    [event] = await published(session, UserReinstated)
    assert event.reinstated_by == moderator.id


async def test_a_suspension_whose_time_has_passed_ends_by_itself(
    client: httpx2.AsyncClient,
    moderator: SignedIn,
    make_person: MakePerson,
    session: AsyncSession,
    sessions: Sessions,
) -> None:
    over, prolonged = await make_person(), await make_person()
    for one in (over, prolonged):
        await suspend(client, one, moderator, until="2090-01-31T00:00:00Z")
    ended = {"suspended_until": now() - timedelta(seconds=1)}
    await session.execute(update(User).where(User.id == over.id).values(**ended))
    await session.commit()
    assert (await sign_in(client, over)).status_code == 200

    context: Any = type("Context", (), {"sessions": sessions})
    await reinstate_people(context)
    await reinstate_people(context)

    [event] = await published(session, UserReinstated)
    assert (event.user_id, event.reinstated_by) == (over.id, None)
    assert (await sign_in(client, prolonged)).status_code == 403


async def test_another_reason_or_time_replaces_the_former(
    client: httpx2.AsyncClient, moderator: SignedIn, person: SignedIn, session: AsyncSession
) -> None:
    first = await suspend(client, person, moderator)
    again = await suspend(client, person, moderator, until="2090-01-31T00:00:00Z")
    past = await suspend(client, person, moderator, until="2020-01-31T00:00:00Z")
    no_reason = await suspend(client, person, moderator, reason="")

    assert again.json()["suspended_at"] == first.json()["suspended_at"]
    assert again.json()["suspended_until"] == "2090-01-31T00:00:00Z"
    assert (past.status_code, no_reason.status_code) == (422, 422)
    assert len(await published(session, UserSuspended)) == 2


async def test_moderators_suspend_those_below_them_and_nobody_themselves(
    client: httpx2.AsyncClient, moderator: SignedIn, admin: SignedIn, person: SignedIn
) -> None:
    upward = await suspend(client, admin, moderator)
    oneself = await suspend(client, moderator, moderator)
    downward = await suspend(client, moderator, admin)
    learner = await suspend(client, admin, person)

    assert (upward.status_code, upward.json()["code"]) == (403, "role-too-high")
    assert (oneself.status_code, oneself.json()["code"]) == (409, "own-suspension")
    assert (downward.status_code, learner.status_code) == (200, 403)


async def test_two_admins_who_remove_each_other_at_once_leave_one(
    client: httpx2.AsyncClient, admin: SignedIn, make_person: MakePerson, session: AsyncSession
) -> None:
    other = await make_person(role=Role.ADMIN)
    lower = {"role": "student"}
    answers = await asyncio.gather(
        suspend(client, other, admin),
        client.post(f"{USERS}/{admin.id}/roles", json=lower, headers=other.headers),
    )

    assert sorted(one.status_code for one in answers) == [200, 409]
    [refused] = [one for one in answers if one.status_code == 409]
    assert refused.json()["code"] == "last-admin"
    suspensions = await published(session, UserSuspended)
    assert len(suspensions) + len(await published(session, UserRoleChanged)) == 1
