"""Only a good token of ours opens a door, and only as wide as its role."""

import base64
import json
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from servicekit.access.revocations import revoke
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.testing.callers import TestKeys, claims_of
from servicekit.testing.plugin import MakeCaller

MINE = "/api/v1/sales/mine"


async def ask(client: AsyncClient, token: str, path: str = MINE) -> tuple[int, str]:
    answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json().get("code", "")


def good_claims() -> dict[str, Any]:
    return claims_of(uuid7(), Role.STUDENT, verified=False, sid=uuid7())


async def test_a_good_token_is_let_in(client: AsyncClient, make_caller: MakeCaller) -> None:
    caller = make_caller()

    answer = await client.get(MINE, headers=caller.headers)

    assert answer.json() == {"user_id": str(caller.user_id)}


async def test_no_token_is_asked_for_one(client: AsyncClient) -> None:
    answer = await client.get(MINE)

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.test"},
        {"aud": "another-api"},
        {"sub": "not-a-uuid"},
        {"role": "emperor"},
        {"verified": "yes"},
        {"exp": time.time() + 7200},
        {"jti": None},
        {"sid": None},
        {"iat": time.time() + 600},
    ],
)
async def test_a_token_with_one_wrong_claim_is_refused(
    client: AsyncClient, signing: TestKeys, changed: dict[str, Any]
) -> None:
    claims = {name: value for name, value in (good_claims() | changed).items() if value is not None}

    assert await ask(client, signing.sign(claims)) == (401, "token-invalid")


@pytest.mark.parametrize("headers", [{"typ": "JWT"}, {"typ": "ticket+jwt"}, {"kid": "unknown"}])
async def test_a_token_with_a_wrong_header_is_refused(
    client: AsyncClient, signing: TestKeys, headers: dict[str, Any]
) -> None:
    token = signing.sign(good_claims(), headers=headers)

    assert await ask(client, token) == (401, "token-invalid")


async def test_an_expired_token_says_so(client: AsyncClient, signing: TestKeys) -> None:
    past = {"iat": time.time() - 1000, "exp": time.time() - 100}

    assert await ask(client, signing.sign(good_claims() | past)) == (401, "token-expired")


def unsigned(claims: dict[str, Any]) -> str:
    header = {"alg": "none", "typ": "at+jwt", "kid": "test-key"}
    parts = [json.dumps(part).encode() for part in (header, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


async def test_unsigned_and_symmetric_tokens_are_refused(client: AsyncClient) -> None:
    secret = "x" * 64
    symmetric = jwt.encode(
        good_claims(), secret, "HS512", headers={"typ": "at+jwt", "kid": "test-key"}
    )

    for token in (unsigned(good_claims()), symmetric, "", "a.b.c", "a" * 5000, "ü.ü.ü"):
        answer = await client.get(MINE, headers=[(b"authorization", f"Bearer {token}".encode())])
        assert (answer.status_code, answer.json()["code"]) == (401, "token-invalid")


async def test_another_spelling_of_the_same_signature_is_refused(
    client: AsyncClient, signing: TestKeys
) -> None:
    token = signing.sign(good_claims())
    await ask(client, token)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # 64 bytes are 86 characters, so four bits of the last one mean nothing.
    twin = token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]

    assert await ask(client, twin) == (401, "token-invalid")


async def test_a_role_opens_what_it_reaches(client: AsyncClient, make_caller: MakeCaller) -> None:
    statuses = [
        (await client.delete("/api/v1/sales/all", headers=make_caller(role).headers)).status_code
        for role in Role
    ]

    assert statuses == [403, 403, 403, 403, 204]


async def test_a_token_older_than_a_lost_right_is_stale_and_a_newer_one_is_not(
    app: FastAPI, client: AsyncClient, session: AsyncSession, make_caller: MakeCaller
) -> None:
    caller = make_caller()
    assert (await client.get(MINE, headers=caller.headers)).status_code == 200

    await revoke(session, user_id=caller.user_id, sid=None, not_before=now())
    await session.commit()
    await app.state.revocations.read()

    assert await ask(client, caller.token) == (401, "token-stale")
    assert (await ask(client, make_caller(user_id=caller.user_id).token))[0] == 200


async def test_the_end_of_one_session_leaves_the_others(
    app: FastAPI, client: AsyncClient, session: AsyncSession, make_caller: MakeCaller
) -> None:
    ended = make_caller()
    other = make_caller(user_id=ended.user_id)

    await revoke(session, user_id=ended.user_id, sid=ended.sid, not_before=now())
    await revoke(
        session, user_id=ended.user_id, sid=ended.sid, not_before=now() - timedelta(hours=1)
    )
    await session.commit()
    await app.state.revocations.read()

    assert (await ask(client, ended.token))[1] == "token-stale"
    assert (await ask(client, other.token))[0] == 200


async def test_a_revocation_that_commits_late_is_seen_too(
    client: AsyncClient,
    app: FastAPI,
    sessions: Sessions,
    make_caller: MakeCaller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("servicekit.access.revocations.OVERLAP", timedelta())
    caller = make_caller()
    async with sessions.begin() as slow:
        await revoke(slow, user_id=caller.user_id, sid=None, not_before=now())
        for _ in range(3):
            await app.state.revocations.read()
    await app.state.revocations.read()

    assert await ask(client, caller.token) == (401, "token-stale")


async def test_a_ticket_opens_a_stream_once(client: AsyncClient, signing: TestKeys) -> None:
    late = good_claims() | {"iat": time.time() - 90, "exp": time.time() - 60}
    tickets = [
        signing.sign(claims, headers={"typ": "ticket+jwt"}) for claims in (good_claims(), late)
    ]
    answers = [
        await client.get("/api/v1/sales/stream", params={"ticket": ticket})
        for ticket in (tickets[0], *tickets)
    ]

    assert [answer.status_code for answer in answers] == [200, 401, 401]
    assert {answer.json()["code"] for answer in answers[1:]} == {"ticket-spent"}


async def test_a_stream_takes_a_token_from_the_query(
    client: AsyncClient, make_caller: MakeCaller
) -> None:
    answer = await client.get("/api/v1/sales/stream", params={"token": make_caller().token})

    assert answer.status_code == 200


def test_the_document_says_where_a_token_may_be_left_out(app: FastAPI) -> None:
    document = app.openapi()
    said = {
        path: document["paths"][f"/api/v1/sales/{path}"]["get"]["security"]
        for path in ("open", "mine", "broken")
    }

    assert said == {"open": [{}, {"bearer": []}], "mine": [{"bearer": []}], "broken": []}
    assert list(document["components"]["securitySchemes"]) == ["bearer"]
