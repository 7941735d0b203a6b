"""Registration by the door."""

import asyncio
import unicodedata
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from contracts.auth import EmailVerificationRequested, SessionStarted, UserRegistered
from servicekit.testing.messages import published

REGISTER = "/api/v1/auth/register"
GOOD = {"email": "asha@example.com", "password": "correct horse battery"}


async def test_registering_signs_in_and_announces_the_person(
    client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    body = {
        **GOOD,
        "full_name": "Asha Rao",
        "phone_number": "+91 98765 43210",
        "profession": "DOCTOR_GP",
        "specialty": "Cardiology",
    }
    answer = await client.post(REGISTER, json=body)

    assert answer.status_code == 201, answer.text
    user, tokens = answer.json()["user"], answer.json()["tokens"]
    assert user["phone_number"] == "+919876543210"
    assert (user["profile_complete"], user["role"], user["verified"]) == (True, "student", False)
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    me = await client.get(
        "/api/v1/auth/me", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert me.json() == user

    [event] = await published(session, UserRegistered)
    assert (str(event.user_id), event.version) == (user["id"], 1)
    assert (event.person.email, event.specialty) == ("asha@example.com", "Cardiology")
    assert len(await published(session, EmailVerificationRequested)) == 1
    assert len(await published(session, SessionStarted)) == 1


async def test_a_name_can_follow_later(client: httpx2.AsyncClient) -> None:
    answer = await client.post(REGISTER, json={**GOOD, "full_name": None})

    assert answer.status_code == 201
    user = answer.json()["user"]
    assert (user["profile_complete"], user["missing_required_fields"]) == (False, ["full_name"])


@pytest.mark.parametrize("other", ["ASHA@Example.COM", "asha@EXAMPLE.com"])
async def test_two_spellings_are_one_account(client: httpx2.AsyncClient, other: str) -> None:
    first = await client.post(REGISTER, json=GOOD)
    again = await client.post(REGISTER, json={**GOOD, "email": other})

    assert (first.status_code, again.status_code) == (201, 409)
    assert again.json()["code"] == "email-taken"


async def test_two_unicode_forms_are_one_account(client: httpx2.AsyncClient) -> None:
    composed = unicodedata.normalize("NFC", "josé@example.com")
    decomposed = unicodedata.normalize("NFD", composed)
    first = await client.post(REGISTER, json={**GOOD, "email": composed})
    again = await client.post(REGISTER, json={**GOOD, "email": decomposed})

    assert (first.status_code, again.status_code) == (201, 409)


async def test_two_concurrent_registrations_of_one_address_make_one_account(
    client: httpx2.AsyncClient, session: AsyncSession
) -> None:
    answers = await asyncio.gather(*(client.post(REGISTER, json=GOOD) for _ in range(6)))

    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409, 409, 409]
    assert await session.scalar(select(func.count()).select_from(User)) == 1
    assert len(await published(session, UserRegistered)) == 1


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"email": "not an address"}, "/email"),
        ({"email": "Asha <asha@example.com>"}, "/email"),
        ({"email": "a\x00b@example.com"}, "/email"),
        ({"password": "short"}, "/password"),
        ({"password": "password123"}, "/password"),
        ({"password": "correct horse\x00battery"}, "/password"),
        ({"password": "x" * 129}, "/password"),
        ({"full_name": "a\x00b"}, "/full_name"),
        ({"phone_number": "12345"}, "/phone_number"),
        ({"profession": "WIZARD"}, "/profession"),
        ({"years_of_experience": 1000}, "/years_of_experience"),
        ({"role": "admin"}, "/role"),
    ],
)
async def test_a_wrong_field_is_named(
    client: httpx2.AsyncClient, wrong: dict[str, Any], pointer: str
) -> None:
    answer = await client.post(REGISTER, json={**GOOD, **wrong})

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    "typed",
    [
        "+91 98765 4321O",
        "+1 800 FLOWERS",
        "+919876543210;ext=5",
        "+91 98765 43210 x5",
        "tel:+919876543210",
        "+910123456789",
        "+1 555 0100",
        "+44 (0)20 7946 0958",
        "+0919876543210",
        "9876543210",
        "+\uff19\uff1198765 43210",
        "+919876543210+5",
    ],
)
async def test_a_number_is_not_corrected_into_another_ones(
    client: httpx2.AsyncClient, typed: str
) -> None:
    answer = await client.post(REGISTER, json={**GOOD, "phone_number": typed})

    assert answer.status_code == 422, answer.text
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/phone_number"]


@pytest.mark.parametrize("typed", ["+1 (650) 253-0000", "+16502530000", "+1-650-253-0000"])
async def test_blanks_dashes_and_brackets_in_a_number_do_not_count(
    client: httpx2.AsyncClient, typed: str
) -> None:
    answer = await client.post(REGISTER, json={**GOOD, "phone_number": typed})

    assert answer.json()["user"]["phone_number"] == "+16502530000"


async def test_a_long_passphrase_is_welcome(client: httpx2.AsyncClient) -> None:
    password = "many different words make a passphrase that nobody will ever guess, " + "ü" * 40
    registered = await client.post(REGISTER, json={**GOOD, "password": password})
    signed_in = await client.post("/api/v1/auth/login", json={**GOOD, "password": password})
    shortened = await client.post("/api/v1/auth/login", json={**GOOD, "password": password[:72]})

    assert (registered.status_code, signed_in.status_code) == (201, 200)
    assert shortened.status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b'{"email":' * 50_000, 400),
        (b"[]", 422),
        (b'{"email": 1e999, "password": 5}', 422),
        (b"\xff\xfe", 400),
        (b'{"email": "\\ud800@example.com", "password": "correct horse battery"}', 422),
    ],
)
async def test_a_broken_body_is_the_callers_fault(
    client: httpx2.AsyncClient, body: bytes, status: int
) -> None:
    answer = await client.post(REGISTER, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_of_two_megabytes_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post(REGISTER, json={**GOOD, "full_name": "a" * 2_000_000})

    assert answer.status_code == 413
