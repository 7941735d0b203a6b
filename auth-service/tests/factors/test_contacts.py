"""Addresses and numbers that open an account, once they are proved."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import MfaChanged, UserContactChanged
from servicekit.testing.messages import published
from servicekit.testing.people import SignedIn

AUTH = "/api/v1/auth"
BY_MAIL = {"email": "asha@example.com"}
BY_SMS = {"phone_number": "+91 98765 43210"}
SendCode = Callable[[dict[str, str]], Awaitable[str]]


async def verify(client: httpx2.AsyncClient, to: dict[str, str], code: str) -> httpx2.Response:
    return await client.post(f"{AUTH}/otp/verify", json={**to, "otp_code": code})


async def who(client: httpx2.AsyncClient, answer: httpx2.Response) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    me: dict[str, Any] = (await client.get(f"{AUTH}/me", headers=headers)).json()
    return me


async def test_a_number_that_was_proved_opens_the_account_until_it_is_given_up(
    client: httpx2.AsyncClient, session: AsyncSession, person: SignedIn, send_code: SendCode
) -> None:
    body = {**BY_SMS, "otp_code": await send_code(BY_SMS)}
    proved = await client.post(f"{AUTH}/contact/verify", json=body, headers=person.headers)
    assert (proved.status_code, proved.json()["phone_number"]) == (200, "+919876543210")
    [contact] = await published(session, UserContactChanged)
    assert contact.person.phone_number == "+919876543210"
    [told] = await published(session, MfaChanged)
    assert (told.factor, told.change) == ("SMS", "ENABLED")
    entered = await verify(client, BY_SMS, await send_code(BY_SMS))
    me = await who(client, entered)
    # A number says nothing of the address, which may be somebody else's.
    assert (me["id"], me["email_verified"]) == (str(person.id), False)

    moved = {"phone_number": "+919800000001"}
    changed = await client.patch("/api/v1/users/me", json=moved, headers=person.headers)
    assert changed.status_code == 200
    stranger = await verify(client, BY_SMS, await send_code(BY_SMS))
    assert (await who(client, stranger))["id"] != str(person.id)


async def test_a_squatters_number_opens_nothing_once_the_address_is_proved(
    client: httpx2.AsyncClient, person: SignedIn, send_code: SendCode
) -> None:
    body = {**BY_SMS, "otp_code": await send_code(BY_SMS)}
    await client.post(f"{AUTH}/contact/verify", json=body, headers=person.headers)
    to = {"email": person.email}
    proved = await who(client, await verify(client, to, await send_code(to)))
    assert (proved["email_verified"], proved["phone_number"]) == (True, None)

    squatter = await verify(client, BY_SMS, await send_code(BY_SMS))
    assert (await who(client, squatter))["id"] != str(person.id)


async def test_the_only_way_in_makes_way_for_a_proved_one_alone(
    client: httpx2.AsyncClient, send_code: SendCode
) -> None:
    first = await verify(client, BY_SMS, await send_code(BY_SMS))
    headers = {"Authorization": f"Bearer {first.json()['access_token']}"}
    for number in ("+919800000001", None):
        wish = {"phone_number": number}
        refused = await client.patch("/api/v1/users/me", json=wish, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (409, "number-opens-account")

    body = {**BY_MAIL, "otp_code": await send_code(BY_MAIL)}
    proved = await client.post(f"{AUTH}/contact/verify", json=body, headers=headers)
    assert (proved.json()["email"], proved.json()["email_verified"]) == (BY_MAIL["email"], True)
    cleared = await client.patch("/api/v1/users/me", json={"phone_number": None}, headers=headers)
    assert cleared.status_code == 200
    entered = await verify(client, BY_MAIL, await send_code(BY_MAIL))
    assert (await who(client, entered))["id"] == proved.json()["id"]


async def test_an_address_or_number_of_another_account_is_not_taken_over(
    client: httpx2.AsyncClient, person: SignedIn, send_code: SendCode
) -> None:
    await verify(client, BY_SMS, await send_code(BY_SMS))
    await verify(client, BY_MAIL, await send_code(BY_MAIL))
    path = f"{AUTH}/contact/verify"
    number = {**BY_SMS, "otp_code": await send_code(BY_SMS)}
    taken = await client.post(path, json=number, headers=person.headers)
    address = {**BY_MAIL, "otp_code": await send_code(BY_MAIL)}
    stays = await client.post(path, json=address, headers=person.headers)
    wrong = await client.post(path, json={**BY_SMS, "otp_code": "000000"}, headers=person.headers)

    assert (taken.status_code, taken.json()["code"]) == (409, "contact-taken")
    assert (stays.status_code, stays.json()["code"]) == (409, "email-stays")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "otp-not-valid")
