"""Tokens that nobody issued, or that are over, or were taken back, open nothing anywhere."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import jwt
import psycopg
import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from demo.client import Client, Wire
from demo.people import Person
from demo.waiting import eventually

DOORS = {
    "auth": "/auth/me",
    "content": "/interactions/bookmarks",
    "course": "/lms/enrollments/me",
    "webinar": "/webinar",
    "payment": "/payment/orders",
    "notification": "/notifications/unread-count",
}


@pytest.fixture(scope="session")
async def person(make_person: Any) -> Person:
    """Whose claims are forged."""
    made: Person = await make_person()
    return made


@pytest.fixture(scope="session")
def signing_key(platform: Any) -> tuple[str, Ed25519PrivateKey]:
    """The platform's own key, out of its database: what a thief would have to steal."""
    query = "SELECT kid, sealed_private_key FROM signing_keys ORDER BY signs_from LIMIT 1"
    with psycopg.connect(platform.settings["AUTH_DATABASE_URL"]) as connection:
        row = connection.execute(query).fetchone()
    assert row
    sealing_key = platform.settings["DOCFLIQ_SEALING_KEYS"].split(",")[0]
    raw = Fernet(sealing_key).decrypt(row[1].encode())
    return row[0], Ed25519PrivateKey.from_private_bytes(raw)


Forge = Callable[..., str]


@pytest.fixture
def forge(person: Person, signing_key: tuple[str, Ed25519PrivateKey]) -> Forge:
    """The person's own claims, changed, signed as told."""

    def make(
        key: Any = signing_key[1], alg: str = "EdDSA", header: Any = None, **changed: Any
    ) -> str:
        claims = jwt.decode(person.api.access_token or "", options={"verify_signature": False})
        headers = {"typ": "at+jwt", "kid": signing_key[0], **(header or {})}
        return jwt.encode({**claims, **changed}, key, alg, headers=headers)

    return make


async def statuses(wire: Wire, token: str) -> set[tuple[int, str]]:
    """What each service answers to a token."""
    client = Client(wire, access_token=token)
    answers = [await client.raw("GET", door) for door in DOORS.values()]
    return {(one.status_code, one.json().get("code", "")) for one in answers}


def forgeries(forge: Forge) -> dict[str, str]:
    """Tokens that say the right thing in the wrong way."""
    now, own = time.time(), Ed25519PrivateKey.generate()
    good = forge()
    head, body, mark = good.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "at+jwt"}).encode())
    public = base64.b64encode(b"not a secret, but what a confused verifier would use")
    return {
        "expired": forge(iat=now - 3000, exp=now - 60),
        "foreign key": forge(key=own, header={"kid": uuid4().hex}),
        "foreign key under our kid": forge(key=own),
        "foreign issuer": forge(iss="https://elsewhere.example"),
        "for another audience": forge(aud="somebody-else"),
        "too long a life": forge(exp=now + 100_000),
        "not an access token": forge(header={"typ": "JWT"}),
        "alg none": f"{none.rstrip(b'=').decode()}.{body}.",
        "alg none with a signature": f"{none.rstrip(b'=').decode()}.{body}.{mark}",
        "HS256": forge(key=public.decode(), alg="HS256"),
        "another body": f"{head}.{body[:-4]}AAAA.{mark}",
        "no signature": f"{head}.{body}.",
        "not a token": "Bearer",
        "huge": good + "A" * 6000,
        "from the future": forge(iat=now + 900, exp=now + 1800),
    }


async def test_a_forged_token_is_401_at_every_service(wire: Wire, forge: Forge) -> None:
    assert {status for status, _ in await statuses(wire, forge())} == {200}

    for name, token in forgeries(forge).items():
        answered = await statuses(wire, token)
        assert {status for status, _ in answered} == {401}, f"{name}: {answered}"


async def test_a_token_is_over_everywhere_within_a_second_of_logout(
    wire: Wire, make_person: Any
) -> None:
    person: Person = await make_person()
    token = person.api.access_token or ""
    assert {status for status, _ in await statuses(wire, token)} == {200}

    await person.anybody.post("/auth/logout", {"refresh_token": person.refresh_token})
    left = time.monotonic()

    async def refused() -> bool:
        return await statuses(wire, token) == {(401, "token-stale")}

    await eventually(refused, what="every service refuses the token", within=5)
    assert time.monotonic() - left < 2.0


async def test_a_refresh_token_opens_nothing(wire: Wire, person: Person) -> None:
    assert {status for status, _ in await statuses(wire, person.refresh_token)} == {401}


async def test_no_token_at_all_is_401_and_says_how(anybody: Client) -> None:
    answer = await anybody.raw("GET", "/auth/me")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["code"]
