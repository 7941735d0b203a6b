"""Refreshing, and what a stolen refresh token comes to."""

import asyncio
from datetime import timedelta

import httpx2
import time_machine
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.sessions.models import RefreshToken
from contracts.access import UserSessionsRevoked
from contracts.auth import SessionRefused
from servicekit.clock import now
from servicekit.testing.messages import published
from servicekit.testing.people import SignedIn
from servicekit.testing.waiting import eventually

REFRESH = "/api/v1/auth/refresh"
ME = "/api/v1/auth/me"
PASSWORD = "correct horse battery"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def refresh(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.post(REFRESH, json={"refresh_token": token})


async def make_older(session: AsyncSession, by: timedelta) -> None:
    await session.execute(
        update(RefreshToken)
        .where(RefreshToken.used_at.is_not(None))
        .values(used_at=RefreshToken.used_at - by)
    )
    await session.commit()


async def test_refreshing_needs_no_access_token_and_gives_new_tokens(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    answer = await refresh(client, person.refresh_token)

    assert answer.status_code == 200
    assert answer.json()["refresh_token"] != person.refresh_token
    assert answer.json()["access_token"] != person.access_token


async def test_a_lost_answer_may_be_asked_for_again_within_ten_seconds(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    first = await refresh(client, person.refresh_token)
    sibling = await refresh(client, person.refresh_token)

    assert (first.status_code, sibling.status_code) == (200, 200)
    tokens = [one.json()["refresh_token"] for one in (first, sibling)]
    assert tokens[0] != tokens[1]
    assert [(await refresh(client, token)).status_code for token in tokens] == [200, 200]


async def test_many_refreshes_at_once_all_go_through(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    answers = await asyncio.gather(*(refresh(client, person.refresh_token) for _ in range(8)))

    assert {one.status_code for one in answers} == {200}
    assert len({one.json()["refresh_token"] for one in answers}) == 8


async def test_a_replayed_token_ends_the_whole_family(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    first = (await refresh(client, person.refresh_token)).json()
    await make_older(session, timedelta(seconds=11))

    replayed = await refresh(client, person.refresh_token)
    assert (replayed.status_code, replayed.json()["code"]) == (401, "refresh-token-invalid")
    assert (await refresh(client, first["refresh_token"])).status_code == 401

    async def access_token_is_dead() -> bool:
        answer = await client.get(ME, headers=bearer(first["access_token"]))
        return answer.status_code == 401 and answer.json()["code"] == "token-stale"

    assert await eventually(access_token_is_dead, within=3)
    [revoked] = await published(session, UserSessionsRevoked)
    assert revoked.cause == "REFRESH_REUSED"
    assert revoked.sid is not None
    [refused] = await published(session, SessionRefused)
    assert refused.cause == "REFRESH_REUSED"


async def test_a_refresh_token_from_another_device_ends_its_session(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    phone = {"X-Device-Name": "Asha's phone"}
    login = {"email": person.email, "password": PASSWORD}
    signed_in = await client.post("/api/v1/auth/login", json=login, headers=phone)
    token = {"refresh_token": signed_in.json()["refresh_token"]}

    stolen = await client.post(REFRESH, json=token, headers={"X-Device-Name": "A laptop"})
    assert (stolen.status_code, stolen.json()["code"]) == (401, "refresh-token-invalid")
    assert (await client.post(REFRESH, json=token, headers=phone)).status_code == 401
    [refused] = await published(session, SessionRefused)
    assert (refused.cause, refused.device) == ("REFRESH_REUSED", "A laptop")


async def test_a_browser_that_was_updated_is_the_same_device(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    old, new = (
        {"User-Agent": f"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/{version}"}
        for version in ("144.0", "145.0.1")
    )
    login = {"email": person.email, "password": PASSWORD}
    signed_in = await client.post("/api/v1/auth/login", json=login, headers=old)

    token = {"refresh_token": signed_in.json()["refresh_token"]}
    assert (await client.post(REFRESH, json=token, headers=new)).status_code == 200


async def test_a_refresh_token_dies_of_old_age(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    await session.execute(update(RefreshToken).values(expires_at=now()))
    await session.commit()

    assert (await refresh(client, person.refresh_token)).status_code == 401


async def test_an_access_token_dies_after_fifteen_minutes(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    assert (await client.get(ME, headers=person.headers)).status_code == 200
    with time_machine.travel(now() + timedelta(minutes=15, seconds=10), tick=True):
        answer = await client.get(ME, headers=person.headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "token-expired")


async def test_an_unknown_refresh_token_is_refused(client: httpx2.AsyncClient) -> None:
    for token in ("unknown", "\x00", "x" * 600, "é"):
        answer = await refresh(client, token)
        assert answer.status_code in (401, 422)
