"""Passkeys: added, used, copied, removed; the authenticator is made of real cryptography."""

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import cbor2
import httpx2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import AccountStatus, User
from auth_service.factors.models import PasskeyChallenge
from contracts.access import UserSessionsRevoked
from contracts.auth import (
    MfaChanged,
    PasswordChanged,
    PasswordResetRequested,
    SealedLetter,
    SessionRefused,
    SessionStarted,
)
from servicekit.clock import now
from servicekit.testing.messages import published
from servicekit.testing.people import MakePerson, SignedIn

KEYS = "/api/v1/auth/passkeys"
ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """A device with one ES256 key (WebAuthn Level 3, §6); attestation `none`."""

    origin: str = ORIGIN
    rp_id: str = "localhost"
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(said).encode()

    def _authenticator_data(self, extra_flags: int = 0) -> bytes:
        self.counter += 1
        hashed = hashlib.sha256(self.rp_id.encode()).digest()
        return hashed + bytes([self.flags | extra_flags]) + self.counter.to_bytes(4)

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        held = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id
        data = self._authenticator_data(ATTESTED) + held + cbor2.dumps(cose)
        whole = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=self._client_data("webauthn.create", options), attestationObject=whole
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        client, data = self._client_data("webauthn.get", options), self._authenticator_data()
        signed = data + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _answer(self, **response: bytes) -> dict[str, Any]:
        return {
            "id": b64(self.credential_id),
            "rawId": b64(self.credential_id),
            "type": "public-key",
            "response": {name: b64(raw) for name, raw in response.items()},
        }


SendCode = Callable[[dict[str, str]], Awaitable[str]]
Add = Callable[..., Awaitable[httpx2.Response]]
Enter = Callable[[Authenticator], Awaitable[httpx2.Response]]


@pytest.fixture
def add(client: httpx2.AsyncClient, person: SignedIn) -> Add:
    """`await add(authenticator, by=person)`: what the adding was answered."""

    async def add(device: Authenticator, by: SignedIn = person, **more: str) -> httpx2.Response:
        options = await client.post(f"{KEYS}/register/options", headers=by.headers)
        assert options.status_code == 200, options.text
        body = {"credential": device.create(options.json()), **more}
        return await client.post(f"{KEYS}/register", json=body, headers=by.headers)

    return add


@pytest.fixture
def enter(client: httpx2.AsyncClient) -> Enter:
    """`await enter(authenticator)`: what signing in by it was answered."""

    async def enter(device: Authenticator) -> httpx2.Response:
        options = (await client.post(f"{KEYS}/login/options")).json()
        return await client.post(f"{KEYS}/login", json={"credential": device.get(options)})

    return enter


async def test_a_passkey_signs_its_owner_in(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession, add: Add, enter: Enter
) -> None:
    device = Authenticator()
    added = await add(device, name="Asha's phone")
    assert added.status_code == 201, added.text
    entered = await enter(device)

    assert entered.status_code == 200, entered.text
    headers = {"Authorization": f"Bearer {entered.json()['access_token']}"}
    me = await client.get("/api/v1/auth/me", headers=headers)
    assert me.json()["id"] == str(person.id)
    [shown] = (await client.get(KEYS, headers=headers)).json()["items"]
    assert (shown["id"], shown["name"]) == (added.json()["id"], "Asha's phone")
    assert shown["last_used_at"] is not None
    started = (await published(session, SessionStarted))[-1]
    assert (started.way, started.second_factor) == ("PASSKEY", True)
    [changed] = await published(session, MfaChanged)
    assert (changed.factor, changed.change) == ("PASSKEY", "ENABLED")


async def test_the_options_tell_of_nobody_and_ask_for_the_owner(
    client: httpx2.AsyncClient, person: SignedIn, add: Add
) -> None:
    await add(Authenticator())
    offered = (await client.post(f"{KEYS}/login/options")).json()
    adding = (await client.post(f"{KEYS}/register/options", headers=person.headers)).json()

    assert (offered["rpId"], offered["userVerification"]) == ("localhost", "required")
    assert offered.get("allowCredentials", []) == []
    assert adding["authenticatorSelection"]["residentKey"] == "required"
    assert len(adding["excludeCredentials"]) == 1
    assert adding["user"]["id"] == b64(person.id.bytes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://docfliq.example"},
        {"rp_id": "docfliq.example"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
    ],
)
async def test_an_answer_for_another_place_or_without_its_owner_is_refused(
    session: AsyncSession, add: Add, enter: Enter, wrong: dict[str, Any]
) -> None:
    refused = await add(Authenticator(**wrong))
    assert (refused.status_code, refused.json()["code"]) == (422, "passkey-unfit")

    device = Authenticator()
    assert (await add(device)).status_code == 201
    for name, value in wrong.items():
        setattr(device, name, value)
    entered = await enter(device)
    assert (entered.status_code, entered.json()["code"]) == (401, "passkey-not-valid")
    [told] = await published(session, SessionRefused)
    assert told.factor == "PASSKEY"


async def test_a_counter_that_went_back_is_refused(add: Add, enter: Enter) -> None:
    device = Authenticator()
    await add(device)
    assert (await enter(device)).status_code == 200
    device.counter -= 1

    assert (await enter(device)).status_code == 401


async def test_another_key_under_the_same_name_is_refused(add: Add, enter: Enter) -> None:
    device = Authenticator()
    await add(device)

    forged = Authenticator(credential_id=device.credential_id, counter=9)
    assert (await enter(forged)).status_code == 401


async def test_an_answer_works_once(client: httpx2.AsyncClient, add: Add) -> None:
    device = Authenticator()
    await add(device)
    options = (await client.post(f"{KEYS}/login/options")).json()
    body = {"credential": device.get(options)}
    answers = await asyncio.gather(*(client.post(f"{KEYS}/login", json=body) for _ in range(3)))

    assert sorted(one.status_code for one in answers) == [200, 401, 401]


async def test_a_challenge_of_ours_alone_and_within_five_minutes(
    client: httpx2.AsyncClient, session: AsyncSession, add: Add
) -> None:
    device = Authenticator()
    await add(device)
    made_up = {"challenge": b64(secrets.token_bytes(64))}
    foreign = await client.post(f"{KEYS}/login", json={"credential": device.get(made_up)})
    options = (await client.post(f"{KEYS}/login/options")).json()
    await session.execute(update(PasskeyChallenge).values(expires_at=now() - timedelta(seconds=1)))
    await session.commit()
    late = await client.post(f"{KEYS}/login", json={"credential": device.get(options)})

    assert (foreign.status_code, late.status_code) == (401, 401)


async def test_the_options_of_one_person_add_nothing_to_another(
    client: httpx2.AsyncClient, person: SignedIn, make_person: MakePerson
) -> None:
    stranger = await make_person()
    options = await client.post(f"{KEYS}/register/options", headers=person.headers)
    body = {"credential": Authenticator().create(options.json())}
    stolen = await client.post(f"{KEYS}/register", json=body, headers=stranger.headers)
    anonymous = (await client.post(f"{KEYS}/login/options")).json()
    body = {"credential": Authenticator().create(anonymous)}
    unasked = await client.post(f"{KEYS}/register", json=body, headers=stranger.headers)

    assert (stolen.status_code, unasked.status_code) == (422, 422)


async def test_a_passkey_belongs_to_one_account(add: Add, make_person: MakePerson) -> None:
    device = Authenticator()
    await add(device)
    again = await add(device, by=await make_person())

    assert (again.status_code, again.json()["code"]) == (409, "passkey-taken")


async def test_a_removed_passkey_signs_nobody_in(
    client: httpx2.AsyncClient,
    person: SignedIn,
    session: AsyncSession,
    make_person: MakePerson,
    add: Add,
    enter: Enter,
) -> None:
    device, other = Authenticator(), Authenticator()
    path = f"{KEYS}/{(await add(device)).json()['id']}"
    await add(other)
    stranger = await make_person()
    assert (await client.delete(path, headers=stranger.headers)).status_code == 404
    gone = [await client.delete(path, headers=person.headers) for _ in range(2)]

    assert [one.status_code for one in gone] == [204, 204]
    assert (await enter(device)).status_code == 401
    assert (await enter(other)).status_code == 200
    assert (await client.delete(KEYS, headers=person.headers)).status_code == 204
    assert (await enter(other)).status_code == 401
    assert (await client.get(KEYS, headers=person.headers)).json()["items"] == []
    changes = [one.change for one in await published(session, MfaChanged)]
    assert changes == ["ENABLED", "ENABLED", "DISABLED", "DISABLED"]


async def test_a_squatters_passkey_ends_when_the_address_is_proved(
    client: httpx2.AsyncClient, person: SignedIn, send_code: SendCode, add: Add, enter: Enter
) -> None:
    device, to = Authenticator(), {"email": person.email}
    await add(device)
    assert (await enter(device)).status_code == 200
    code = {**to, "otp_code": await send_code(to)}
    assert (await client.post("/api/v1/auth/otp/verify", json=code)).status_code == 200

    assert (await enter(device)).status_code == 401


@pytest.mark.parametrize("proof", ["token", "otp_code"])
async def test_a_squatters_ways_in_end_when_the_password_is_reset_by_mail(
    client: httpx2.AsyncClient,
    person: SignedIn,
    session: AsyncSession,
    add: Add,
    enter: Enter,
    send_code: SendCode,
    open_letter: Callable[[SealedLetter], dict[str, str]],
    proof: str,
) -> None:
    device, number = Authenticator(), {"phone_number": "+919876543210"}
    assert (await add(device)).status_code == 201
    proved = number | {"otp_code": await send_code(number)}
    await client.post("/api/v1/auth/contact/verify", json=proved, headers=person.headers)
    await client.post("/api/v1/auth/forgot-password", json={"email": person.email})
    letter = open_letter((await published(session, PasswordResetRequested))[-1])
    shown = {"otp_code": letter["code"], "email": person.email}
    if proof == "token":
        shown = {"token": letter["link"].partition("token=")[2]}
    new = {"new_password": "another staple entirely"}
    reset = await client.post("/api/v1/auth/reset-password", json=shown | new)

    assert reset.status_code == 204, reset.text
    assert (await enter(device)).status_code == 401
    body = {"email": person.email, "password": new["new_password"]}
    owner = (await client.post("/api/v1/auth/login", json=body)).json()["access_token"]
    me = await client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {owner}"})
    assert (me.json()["email_verified"], me.json()["phone_number"]) == (True, None)
    [told] = await published(session, PasswordChanged)
    assert told.cause == "RESET"
    [revoked] = await published(session, UserSessionsRevoked)
    assert (revoked.cause, revoked.sid) == ("PASSWORD_RESET", None)


async def test_the_suspended_do_not_come_in(session: AsyncSession, add: Add, enter: Enter) -> None:
    device = Authenticator()
    await add(device)
    await session.execute(update(User).values(status=AccountStatus.SUSPENDED))
    await session.commit()

    refused = await enter(device)
    assert (refused.status_code, refused.json()["code"]) == (403, "account-suspended")
    [told] = await published(session, SessionRefused)
    assert told.cause == "SUSPENDED"


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"response": None},
        {"response": {"clientDataJSON": 5}, "rawId": "AA"},
        {"response": {"clientDataJSON": "!!!"}, "rawId": "AA"},
        {"response": {"clientDataJSON": b64(b"[]")}, "rawId": "AA"},
        {"response": {"clientDataJSON": b64(b'{"challenge": 7}')}, "rawId": "AA"},
        {"response": {"clientDataJSON": b64(b'{"challenge": "AA"}')}, "rawId": {"a": []}},
        {"response": {"clientDataJSON": b64(b"\xff")}, "rawId": "\x00"},
        {"response": {"clientDataJSON": b64(b'{"a":' + b"[" * 100_000)}, "rawId": "AA"},
    ],
)
async def test_a_broken_answer_is_the_callers_fault(
    client: httpx2.AsyncClient, person: SignedIn, credential: dict[str, Any]
) -> None:
    body = {"credential": credential}
    entered = await client.post(f"{KEYS}/login", json=body)
    added = await client.post(f"{KEYS}/register", json=body, headers=person.headers)

    assert (entered.status_code, added.status_code) == (401, 422)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("attestationObject", b64(b"\xff\xff")),
        ("attestationObject", b64(cbor2.dumps({"fmt": "none"}))),
        ("attestationObject", b64(cbor2.dumps([1, 2]))),
        ("attestationObject", 7),
        ("attestationObject", b64(b"\x81" * 100_000)),
        ("attestationObject", b64(b"\x9b" + b"\xff" * 8)),
        ("attestationObject", b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": b"x"}))),
    ],
)
async def test_a_broken_attestation_is_the_callers_fault(
    client: httpx2.AsyncClient, person: SignedIn, part: str, value: object
) -> None:
    options = (await client.post(f"{KEYS}/register/options", headers=person.headers)).json()
    credential = Authenticator().create(options)
    credential["response"][part] = value
    added = await client.post(
        f"{KEYS}/register", json={"credential": credential}, headers=person.headers
    )

    assert added.status_code == 422
