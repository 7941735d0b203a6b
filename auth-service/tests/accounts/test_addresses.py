"""The same mailbox is one account however it is written; what only looks alike is not."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from contracts.auth import OtpRequested
from servicekit.clock import now
from servicekit.testing.messages import published
from servicekit.testing.people import MakePerson, SignedIn

AUTH = "/api/v1/auth"
SendCode = Callable[[dict[str, str]], Awaitable[str]]


@pytest.fixture
async def anna(make_person: MakePerson, session: AsyncSession) -> SignedIn:
    person = await make_person(email="Anna@strasse.de")
    await session.execute(update(User).values(email_verified_at=now()))
    await session.commit()
    return person


@pytest.mark.parametrize("alike", ["anna@straße.de", "anna@xn--strae-oqa.de"])
async def test_a_code_for_a_domain_that_looks_alike_opens_another_account(
    client: httpx2.AsyncClient, anna: SignedIn, send_code: SendCode, alike: str
) -> None:
    code = await send_code({"email": alike})
    entered = await client.post(f"{AUTH}/otp/verify", json={"email": alike, "otp_code": code})

    headers = {"Authorization": f"Bearer {entered.json()['access_token']}"}
    me = (await client.get(f"{AUTH}/me", headers=headers)).json()
    assert me["id"] != str(anna.id)


@pytest.mark.parametrize(
    "typed", ["\u017fmith@example.com", "\ufb01nk@example.com", "\uff41nna@strasse.de"]
)
async def test_an_address_with_a_letter_that_stands_for_others_is_refused(
    client: httpx2.AsyncClient, typed: str
) -> None:
    body = {"email": typed, "password": "correct horse battery"}
    answers = [
        await client.post(f"{AUTH}/otp/request", json={"email": typed}),
        await client.post(f"{AUTH}/register", json=body),
        await client.post(f"{AUTH}/login", json=body),
    ]

    assert {one.status_code for one in answers} == {422}
    assert {one.json()["errors"][0]["pointer"] for one in answers} == {"/email"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna@straße.de", "ANNA@xn--strae-oqa.de"),
        ("anna@münchen.de", "anna@MU\u0308NCHEN。de"),
        ("Åsa@example.com", "a\u030asa@example.com"),
        ("αννας@example.com", "ΑΝΝΑΣ@example.com"),
        ("kim@example.com", "\u212aim@example.com"),
    ],
)
async def test_the_same_mailbox_is_one_account_in_every_case_and_form(
    client: httpx2.AsyncClient, make_person: MakePerson, one: str, other: str
) -> None:
    await make_person(email=one)
    body = {"email": other, "password": "correct horse battery"}

    again = await client.post(f"{AUTH}/register", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "email-taken")
    assert (await client.post(f"{AUTH}/login", json=body)).status_code == 200


async def test_a_code_goes_to_the_address_of_the_account_and_not_to_the_one_that_was_typed(
    anna: SignedIn, session: AsyncSession, send_code: SendCode
) -> None:
    await send_code({"email": "aNNA@STRASSE.de"})

    [wish] = await published(session, OtpRequested)
    assert wish.person.email == anna.email


async def test_an_address_of_ascii_is_found_by_the_key_that_it_always_had(
    make_person: MakePerson, session: AsyncSession
) -> None:
    await make_person(email="Anna.O'Neil+Mail@Strasse.DE")

    assert await session.scalar(select(User.email_key)) == "anna.o'neil+mail@strasse.de"


async def test_admins_find_an_address_as_it_is_written(
    client: httpx2.AsyncClient, admin: SignedIn, make_person: MakePerson
) -> None:
    person = await make_person(email="Anna@straße.de")

    for wanted in ({"email": "straße"}, {"q": "anna@straße"}, {"email": "anna@xn--stra"}):
        found = await client.get("/api/v1/admin/users", params=wanted, headers=admin.headers)
        assert [one["id"] for one in found.json()["items"]] == [str(person.id)]
