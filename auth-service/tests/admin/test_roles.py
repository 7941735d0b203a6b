"""Roles: given, taken, and who may."""

from uuid import uuid4

import httpx2
import jwt
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.grant_admin import grant_admin
from contracts.access import Role, UserRoleChanged
from servicekit.database import Sessions
from servicekit.testing.messages import published
from servicekit.testing.people import MakePerson, SignedIn
from servicekit.testing.waiting import eventually

USERS = "/api/v1/admin/users"


async def test_a_higher_role_shows_at_the_next_refresh(
    client: httpx2.AsyncClient, admin: SignedIn, person: SignedIn, session: AsyncSession
) -> None:
    path = f"{USERS}/{person.id}/roles"
    answers = [
        await client.post(path, json={"role": "instructor"}, headers=admin.headers)
        for _ in range(2)
    ]
    assert [one.json()["role"] for one in answers] == ["instructor", "instructor"]

    [event] = await published(session, UserRoleChanged)
    assert (event.from_role, event.to_role, event.not_before) == ("student", "instructor", None)
    assert event.changed_by == admin.id
    body = {"refresh_token": person.refresh_token}
    tokens = (await client.post("/api/v1/auth/refresh", json=body)).json()
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert claims["role"] == "instructor"


async def test_a_lower_role_kills_older_tokens_and_the_refresh_is_accepted_at_once(
    client: httpx2.AsyncClient, admin: SignedIn, make_person: MakePerson, session: AsyncSession
) -> None:
    moderator = await make_person(role=Role.MODERATOR)
    path = f"{USERS}/{moderator.id}/roles"
    await client.post(path, json={"role": "student"}, headers=admin.headers)

    [event] = await published(session, UserRoleChanged)
    assert event.not_before is not None

    async def code() -> str:
        answer = await client.get("/api/v1/verification/queue", headers=moderator.headers)
        return str(answer.json().get("code", ""))

    async def is_stale() -> bool:
        return await code() == "token-stale"

    assert await eventually(is_stale, within=3)
    body = {"refresh_token": moderator.refresh_token}
    refreshed = await client.post("/api/v1/auth/refresh", json=body)
    headers = {"Authorization": f"Bearer {refreshed.json()['access_token']}"}
    assert (await client.get("/api/v1/auth/me", headers=headers)).json()["role"] == "student"
    queue = await client.get("/api/v1/verification/queue", headers=headers)
    assert (queue.status_code, queue.json()["code"]) == (403, "forbidden")


async def test_nobody_changes_their_own_role(client: httpx2.AsyncClient, admin: SignedIn) -> None:
    answer = await client.post(
        f"{USERS}/{admin.id}/roles", json={"role": "student"}, headers=admin.headers
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "own-role")


async def test_only_admins_may(client: httpx2.AsyncClient, make_person: MakePerson) -> None:
    moderator = await make_person(role=Role.MODERATOR)
    body = {"user_id": str(moderator.id)}
    answers = [
        await client.get("/api/v1/users", headers=moderator.headers),
        await client.post(
            f"{USERS}/{uuid4()}/roles", json={"role": "admin"}, headers=moderator.headers
        ),
        await client.post("/api/v1/auth/admin", json=body, headers=moderator.headers),
    ]

    assert {one.status_code for one in answers} == {403}


async def test_an_admin_makes_another(
    client: httpx2.AsyncClient, admin: SignedIn, person: SignedIn
) -> None:
    answer = await client.post(
        "/api/v1/auth/admin", json={"user_id": str(person.id)}, headers=admin.headers
    )
    unknown = await client.post(
        "/api/v1/auth/admin", json={"user_id": str(uuid4())}, headers=admin.headers
    )

    assert (answer.json()["role"], unknown.status_code) == ("admin", 404)


async def test_accounts_are_searched_by_address_name_and_role(
    client: httpx2.AsyncClient, admin: SignedIn, make_person: MakePerson
) -> None:
    asha = await make_person(full_name="Asha Rao", email="asha.rao@example.com")
    await make_person(full_name="Binod Sen", role=Role.INSTRUCTOR)

    async def found(query: str) -> list[str]:
        answer = await client.get(f"{USERS}?{query}", headers=admin.headers)
        return [one["full_name"] for one in answer.json()["items"]]

    assert await found("q=ASHA.rao") == ["Asha Rao"]
    assert await found("q=binod") == ["Binod Sen"]
    assert await found("role=instructor") == ["Binod Sen"]
    assert await found("q=%25_") == []
    assert len(await found("limit=2")) == 2
    assert asha.email == "asha.rao@example.com"


async def test_the_first_admin_is_made_by_command(
    sessions: Sessions, session: AsyncSession, person: SignedIn
) -> None:
    assert await grant_admin(sessions, email=person.email.upper()) is True
    assert await grant_admin(sessions, email="nobody@example.com") is False

    user = await session.get(User, person.id)
    assert user is not None
    assert user.role is Role.ADMIN
    [event] = await published(session, UserRoleChanged)
    assert event.changed_by is None
