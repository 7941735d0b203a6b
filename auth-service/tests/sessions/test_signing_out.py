"""Signing out: here, elsewhere, everywhere."""

from uuid import uuid4

import httpx2
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import UserSessionsRevoked
from servicekit.testing.messages import published
from servicekit.testing.people import MakePerson, SignedIn
from servicekit.testing.waiting import eventually

PASSWORD = "correct horse battery"
AUTH = "/api/v1/auth"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def log_in(client: httpx2.AsyncClient, email: str) -> dict[str, str]:
    answer = await client.post(f"{AUTH}/login", json={"email": email, "password": PASSWORD})
    tokens: dict[str, str] = answer.json()
    return tokens


async def code_of(client: httpx2.AsyncClient, token: str) -> str | None:
    answer = await client.get(f"{AUTH}/me", headers=bearer(token))
    return None if answer.status_code == 200 else str(answer.json()["code"])


async def is_stale(client: httpx2.AsyncClient, token: str) -> bool:
    async def stale() -> bool:
        return await code_of(client, token) == "token-stale"

    return await eventually(stale, within=3)


async def test_logging_out_ends_this_session_alone(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    other = await log_in(client, person.email)
    body = {"refresh_token": person.refresh_token}
    answers = [await client.post(f"{AUTH}/logout", json=body) for _ in range(2)]

    assert [one.status_code for one in answers] == [204, 204]
    assert await is_stale(client, person.access_token)
    assert (await client.post(f"{AUTH}/refresh", json=body)).status_code == 401
    assert await code_of(client, other["access_token"]) is None
    [revoked] = await published(session, UserSessionsRevoked)
    assert (revoked.user_id, revoked.cause) == (person.id, "LOGOUT")


async def test_logging_out_everywhere_ends_every_session(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    other = await log_in(client, person.email)
    body = {"refresh_token": person.refresh_token}
    first = await client.post(f"{AUTH}/logout-all", json=body)
    again = await client.post(f"{AUTH}/logout-all", json=body)

    assert (first.status_code, again.status_code) == (204, 401)
    assert await is_stale(client, person.access_token)
    assert await is_stale(client, other["access_token"])
    [revoked] = await published(session, UserSessionsRevoked)
    assert (revoked.sid, revoked.cause) == (None, "LOGOUT_ALL")

    anew = await log_in(client, person.email)
    assert await code_of(client, anew["access_token"]) is None


async def test_a_device_can_be_signed_out_from_another(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    other = await log_in(client, person.email)
    listed = (await client.get(f"{AUTH}/sessions", headers=bearer(other["access_token"]))).json()
    assert [one["current"] for one in listed["items"]] == [True, False]
    lost = listed["items"][1]["id"]

    headers = bearer(other["access_token"])
    gone = [await client.delete(f"{AUTH}/sessions/{lost}", headers=headers) for _ in range(2)]
    assert [one.status_code for one in gone] == [204, 204]
    assert await is_stale(client, person.access_token)
    left = (await client.get(f"{AUTH}/sessions", headers=headers)).json()["items"]
    assert len(left) == 1


async def test_a_session_shows_the_device_and_where_it_was_last_seen(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    phone = {
        "User-Agent": "okhttp/5",
        "X-Device-Name": "Asha's phone",
        "X-Forwarded-For": "10.0.0.7",
    }
    body = {"email": person.email, "password": PASSWORD}
    tokens = (await client.post(f"{AUTH}/login", json=body, headers=phone)).json()

    async def shown() -> dict[str, str]:
        listed = await client.get(f"{AUTH}/sessions", headers=person.headers)
        newest: dict[str, str] = listed.json()["items"][0]
        return newest

    before = await shown()
    assert (before["device"], before["address"]) == ("Asha's phone", "10.0.0.7")
    elsewhere = phone | {"X-Forwarded-For": "10.0.0.8"}
    refresh = {"refresh_token": tokens["refresh_token"]}
    await client.post(f"{AUTH}/refresh", json=refresh, headers=elsewhere)
    after = await shown()
    assert (after["device"], after["address"]) == ("Asha's phone", "10.0.0.8")
    assert after["last_seen_at"] > before["last_seen_at"]


async def test_nobody_ends_somebody_elses_session(
    client: httpx2.AsyncClient, person: SignedIn, make_person: MakePerson
) -> None:
    stranger = await make_person()
    listed = (await client.get(f"{AUTH}/sessions", headers=person.headers)).json()["items"]

    for session_id in (listed[0]["id"], uuid4()):
        answer = await client.delete(f"{AUTH}/sessions/{session_id}", headers=stranger.headers)
        assert answer.status_code == 404
    assert await code_of(client, person.access_token) is None


async def test_logging_out_with_an_unknown_token_has_nothing_to_end(
    client: httpx2.AsyncClient,
) -> None:
    answer = await client.post(f"{AUTH}/logout", json={"refresh_token": "unknown"})

    assert answer.status_code == 204
