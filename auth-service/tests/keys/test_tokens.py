"""Tokens that were made elsewhere, altered, or for another use."""

import base64
import json
import time
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.keys.models import SigningKey
from auth_service.keys.service import KeyRing, rotate_keys
from auth_service.settings import Settings
from contracts.auth import SigningKeyCreated
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.testing.messages import published
from servicekit.testing.people import SignedIn

ME = "/api/v1/auth/me"


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


async def answer_to(client: httpx2.AsyncClient, token: str) -> tuple[int, str]:
    answer = await client.get(ME, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json().get("code", "")


async def test_an_access_token_says_what_rfc_9068_wants(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    header = jwt.get_unverified_header(person.access_token)
    claims = claims_of(person.access_token)

    assert (header["alg"], header["typ"]) == ("EdDSA", "at+jwt")
    assert set(claims) == {
        "iss", "aud", "sub", "role", "verified", "sid", "jti", "iat", "exp",
    }  # fmt: skip
    assert (claims["iss"], claims["aud"]) == ("http://localhost:8000", "docfliq-api")
    assert claims["exp"] - claims["iat"] == pytest.approx(900)
    assert claims["iat"] != int(claims["iat"])

    keys = (await client.get("/.well-known/jwks.json")).json()["keys"]
    assert [(key["kid"], key["kty"], key["alg"]) for key in keys] == [
        (header["kid"], "OKP", "EdDSA")
    ]
    assert "d" not in keys[0]


async def test_without_a_token_nobody_is_known(client: httpx2.AsyncClient) -> None:
    answer = await client.get(ME)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_forged_tokens_are_refused(client: httpx2.AsyncClient, person: SignedIn) -> None:
    header = jwt.get_unverified_header(person.access_token)
    claims = claims_of(person.access_token)
    [key] = (await client.get("/.well-known/jwks.json")).json()["keys"]
    foreign = Ed25519PrivateKey.generate()
    forged = [
        f"{part({**header, 'alg': 'none'})}.{part(claims)}.",
        f"{part({**header, 'alg': 'none'})}.{part(claims)}.{person.access_token.split('.')[2]}",
        jwt.encode(claims, foreign, "EdDSA", headers={"typ": "at+jwt", "kid": header["kid"]}),
        jwt.encode(claims, foreign, "EdDSA", headers={"typ": "at+jwt", "kid": "of-mine"}),
        jwt.encode(claims, key["x"], "HS256", headers={"typ": "at+jwt", "kid": header["kid"]}),
        person.access_token + "=",
        person.access_token[:-3] + "AAA",
        person.refresh_token,
        "x" * 5000,
        "a.b.c",
    ]

    for token in forged:
        assert await answer_to(client, token) == (401, "token-invalid"), token


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"exp": time.time() - 60}, "token-expired"),
        ({"exp": time.time() + 90_000}, "token-invalid"),
        ({"iss": "https://elsewhere.example"}, "token-invalid"),
        ({"aud": "another-api"}, "token-invalid"),
        ({"role": "emperor"}, "token-invalid"),
        ({"sub": "nobody"}, "token-invalid"),
    ],
)
async def test_our_own_signature_does_not_make_up_for_wrong_claims(
    client: httpx2.AsyncClient, app: FastAPI, person: SignedIn, changed: dict[str, Any], code: str
) -> None:
    kid, key = await app.state.keys.signer()
    token = jwt.encode(
        {**claims_of(person.access_token), **changed},
        key,
        "EdDSA",
        headers={"typ": "at+jwt", "kid": kid},
    )

    assert await answer_to(client, token) == (401, code)


async def test_a_ticket_is_no_access_token_and_dies_with_the_token_it_came_from(
    client: httpx2.AsyncClient, app: FastAPI, person: SignedIn
) -> None:
    answer = await client.post("/api/v1/auth/tickets", headers=person.headers)
    ticket = answer.json()["ticket"]

    assert answer.json()["expires_in"] == 30
    assert await answer_to(client, ticket) == (401, "token-invalid")
    principal, _ = await app.state.verifier.verify_ticket(ticket)
    assert principal.user_id == person.id
    lifetime = (principal.issued_at.timestamp(), principal.expires_at.timestamp())
    claims = claims_of(person.access_token)
    assert lifetime == pytest.approx((claims["iat"], claims["exp"]), abs=1e-5)
    assert claims_of(ticket)["exp"] == pytest.approx(time.time() + 30, abs=5)


async def test_a_new_key_is_published_before_it_signs_and_the_old_one_stays(
    client: httpx2.AsyncClient, sessions: Sessions, settings: Settings, person: SignedIn
) -> None:
    async with sessions.begin() as session:
        new = await rotate_keys(session, settings.sealing_keys)
        [made] = await published(session, SigningKeyCreated)
    assert made.signing_key_id.hex == new.kid
    ring = KeyRing(sessions, settings.sealing_keys)
    old_kid = jwt.get_unverified_header(person.access_token)["kid"]

    assert {key["kid"] for key in (await ring.as_jwks())["keys"]} == {old_kid, new.kid}
    assert (await ring.signer())[0] == old_kid
    async with sessions.begin() as session:
        row = await session.get(SigningKey, new.kid)
        assert row is not None
        row.signs_from = now()
    later = KeyRing(sessions, settings.sealing_keys)
    assert (await later.signer())[0] == new.kid
    assert await later.find(old_kid) is not None


async def test_private_keys_are_sealed_at_rest(
    client: httpx2.AsyncClient, app: FastAPI, session: AsyncSession
) -> None:
    _, private = await app.state.keys.signer()
    row = await session.scalar(select(SigningKey))

    assert row is not None
    raw = private.private_bytes_raw()
    assert base64.urlsafe_b64encode(raw).decode() not in row.sealed_private_key
    assert row.sealed_private_key.startswith("gAAAA")
