"""Signing in by a code that was sent."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import AccountStatus, User
from auth_service.factors.models import OneTimeCode
from auth_service.factors.queries import delete_old_codes
from auth_service.settings import Settings
from contracts.access import UserSessionsRevoked
from contracts.auth import (
    OtpRequested,
    PasswordChanged,
    SessionRefused,
    SessionStarted,
    UserContactChanged,
    UserRegistered,
)
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.testing.messages import published
from servicekit.testing.people import SignedIn

AUTH = "/api/v1/auth"
BY_MAIL = {"email": "asha@example.com"}
BY_SMS = {"phone_number": "+91 98765 43210"}
SendCode = Callable[[dict[str, str]], Awaitable[str]]


async def verify(
    client: httpx2.AsyncClient, to: dict[str, str], code: str, **more: Any
) -> httpx2.Response:
    return await client.post(f"{AUTH}/otp/verify", json={**to, "otp_code": code, **more})


async def who(client: httpx2.AsyncClient, answer: httpx2.Response) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    me: dict[str, Any] = (await client.get(f"{AUTH}/me", headers=headers)).json()
    return me


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_the_first_code_by_mail_makes_an_account_with_a_proved_address(
    client: httpx2.AsyncClient, session: AsyncSession, send_code: SendCode
) -> None:
    code = await send_code(BY_MAIL)
    answer = await verify(client, BY_MAIL, code, full_name="Asha Rao", profession="NURSE")

    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"access_token", "refresh_token", "token_type", "expires_in"}
    me = await who(client, answer)
    assert (me["email"], me["email_verified"]) == ("asha@example.com", True)
    assert (me["full_name"], me["profession"]) == ("Asha Rao", "NURSE")
    [registered] = await published(session, UserRegistered)
    assert (str(registered.user_id), registered.version) == (me["id"], 1)
    [contact] = await published(session, UserContactChanged)
    assert contact.email_verified
    [started] = await published(session, SessionStarted)
    assert (started.method, started.way) == ("REGISTRATION", "OTP")


async def test_the_second_code_opens_the_same_account(
    client: httpx2.AsyncClient, session: AsyncSession, send_code: SendCode
) -> None:
    first = await verify(client, BY_MAIL, await send_code(BY_MAIL), full_name="Asha Rao")
    other_spelling = {"email": "ASHA@Example.com"}
    again = await verify(client, other_spelling, await send_code(other_spelling), full_name="Other")

    assert await who(client, again) == await who(client, first)
    assert len(await published(session, UserRegistered)) == 1
    assert (await published(session, SessionStarted))[-1].method == "PASSWORD"


async def test_a_number_opens_an_account_without_an_address(
    client: httpx2.AsyncClient, session: AsyncSession, send_code: SendCode
) -> None:
    first = await verify(client, BY_SMS, await send_code(BY_SMS))
    other_spelling = {"phone_number": "+919876543210", "channel": "SMS"}
    again = await verify(client, other_spelling, await send_code(other_spelling))

    me = await who(client, first)
    assert (me["email"], me["phone_number"]) == (None, "+919876543210")
    assert (await who(client, again))["id"] == me["id"]
    [wish, _] = await published(session, OtpRequested)
    assert (wish.channel, wish.person.phone_number, wish.person.email) == (
        "SMS",
        "+919876543210",
        None,
    )
    headers = {"Authorization": f"Bearer {again.json()['access_token']}"}
    resent = await client.post(f"{AUTH}/email/resend-verification", headers=headers)
    assert (resent.status_code, resent.json()["code"]) == (409, "no-email-address")


async def test_a_number_that_somebody_only_declared_opens_nothing_of_theirs(
    client: httpx2.AsyncClient, send_code: SendCode
) -> None:
    claimant = {"email": "claimant@example.com", "password": "correct horse battery", **BY_SMS}
    claimed = await client.post(f"{AUTH}/register", json=claimant)
    owner = await verify(client, BY_SMS, await send_code(BY_SMS))

    assert (await who(client, owner))["id"] != claimed.json()["user"]["id"]


async def test_nothing_tells_whether_there_is_an_account(
    client: httpx2.AsyncClient, session: AsyncSession, person: SignedIn
) -> None:
    answers = []
    for email in (person.email, "nobody@example.com"):
        requested = await client.post(f"{AUTH}/otp/request", json={"email": email})
        refused = await verify(client, {"email": email}, "000000")
        answers.append(
            (
                requested.status_code,
                requested.json(),
                refused.status_code,
                {name: value for name, value in refused.json().items() if name != "request_id"},
            )
        )

    assert answers[0] == answers[1]
    assert len(await published(session, OtpRequested)) == 2


async def test_a_code_works_once(client: httpx2.AsyncClient, send_code: SendCode) -> None:
    code = await send_code(BY_MAIL)
    answers = await asyncio.gather(*(verify(client, BY_MAIL, code) for _ in range(4)))

    assert sorted(one.status_code for one in answers) == [200, 401, 401, 401]
    late = await verify(client, BY_MAIL, code)
    assert (late.status_code, late.json()["code"]) == (401, "otp-not-valid")


async def test_five_wrong_tries_end_a_code_and_the_next_one_works(
    client: httpx2.AsyncClient, send_code: SendCode
) -> None:
    code = await send_code(BY_MAIL)
    for _ in range(5):
        assert (await verify(client, BY_MAIL, other_than(code))).status_code == 401
    assert (await verify(client, BY_MAIL, code)).status_code == 401

    assert (await verify(client, BY_MAIL, await send_code(BY_MAIL))).status_code == 200


@pytest.mark.parametrize("by_mail", [True, False])
async def test_whose_account_a_wrong_code_would_have_opened_hears_of_it(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    send_code: SendCode,
    by_mail: bool,  # noqa: FBT001  (pytest's own parameter)
) -> None:
    to, factor = (BY_MAIL, "EMAIL") if by_mail else (BY_SMS, "SMS")
    unknown = await verify(client, to, other_than(await send_code(to)))
    owner = await verify(client, to, await send_code(to))
    code = await send_code(to)
    for _ in range(6):
        assert (await verify(client, to, other_than(code))).status_code == 401

    assert unknown.status_code == 401
    told = await published(session, SessionRefused)
    me = (await who(client, owner))["id"]
    assert {(str(one.user_id), one.factor) for one in told} == {(me, factor)}
    assert [one.cause for one in told] == [*["WRONG_PASSWORD"] * 4, "LOCKED"]
    assert all(one.address for one in told)


async def test_four_wrong_tries_leave_a_code_good(
    client: httpx2.AsyncClient, send_code: SendCode
) -> None:
    code = await send_code(BY_MAIL)
    for _ in range(4):
        assert (await verify(client, BY_MAIL, other_than(code))).status_code == 401

    assert (await verify(client, BY_MAIL, code)).status_code == 200


async def test_a_new_code_ends_the_former_one(
    client: httpx2.AsyncClient, send_code: SendCode
) -> None:
    former, newer = await send_code(BY_MAIL), await send_code(BY_MAIL)

    if former != newer:
        assert (await verify(client, BY_MAIL, former)).status_code == 401
    assert (await verify(client, BY_MAIL, newer)).status_code == 200


async def test_a_code_of_another_address_is_wrong(
    client: httpx2.AsyncClient, send_code: SendCode
) -> None:
    code = await send_code(BY_MAIL)

    assert (await verify(client, {"email": "other@example.com"}, code)).status_code == 401


async def test_a_code_lives_five_minutes(
    client: httpx2.AsyncClient, session: AsyncSession, send_code: SendCode
) -> None:
    code = await send_code(BY_MAIL)
    row = await session.scalar(select(OneTimeCode))
    assert row is not None
    assert row.expires_at - row.created_at == timedelta(minutes=5)
    await session.execute(update(OneTimeCode).values(expires_at=now() - timedelta(seconds=1)))
    await session.commit()

    assert (await verify(client, BY_MAIL, code)).status_code == 401


async def test_three_codes_in_ten_minutes_are_enough(
    client: httpx2.AsyncClient, session: AsyncSession, send_code: SendCode
) -> None:
    answers = await asyncio.gather(
        *(client.post(f"{AUTH}/otp/request", json=BY_MAIL) for _ in range(5))
    )

    assert sorted(one.status_code for one in answers) == [202, 202, 202, 429, 429]
    refused = next(one for one in answers if one.status_code == 429)
    assert refused.json()["code"] == "too-many-codes"
    assert 590 <= int(refused.headers["Retry-After"]) <= 601
    assert len(await published(session, OtpRequested)) == 3

    ago = now() - timedelta(minutes=10, seconds=1)
    await session.execute(update(OneTimeCode).values(created_at=ago))
    await session.commit()
    assert await send_code(BY_MAIL)


async def test_twenty_codes_a_day_are_enough(
    client: httpx2.AsyncClient, session: AsyncSession, send_code: SendCode
) -> None:
    await send_code(BY_MAIL)
    row = (await session.scalars(select(OneTimeCode))).one()
    session.add_all(
        OneTimeCode(
            destination_sha256=row.destination_sha256,
            code_digest=b"",
            created_at=now() - timedelta(hours=1 + hour),
            expires_at=now(),
            tries=0,
        )
        for hour in range(19)
    )
    await session.commit()

    refused = await client.post(f"{AUTH}/otp/request", json=BY_MAIL)
    assert refused.status_code == 429
    assert 4 * 3600 < int(refused.headers["Retry-After"]) <= 5 * 3600 + 1


async def test_the_suspended_are_told_so_by_a_right_code_alone(
    client: httpx2.AsyncClient, session: AsyncSession, person: SignedIn, send_code: SendCode
) -> None:
    await session.execute(update(User).values(status=AccountStatus.SUSPENDED))
    await session.commit()
    to = {"email": person.email}
    code = await send_code(to)
    wrong = await verify(client, to, other_than(code))
    right = await verify(client, to, code)
    again = await verify(client, to, code)

    assert (wrong.status_code, wrong.json()["code"]) == (401, "otp-not-valid")
    assert (right.status_code, right.json()["code"]) == (403, "account-suspended")
    told = await published(session, SessionRefused)
    assert [one.cause for one in told] == ["WRONG_PASSWORD", "SUSPENDED"]
    assert again.status_code == 401


async def test_old_codes_and_half_sign_ins_are_forgotten(
    session: AsyncSession, sessions: Sessions, send_code: SendCode
) -> None:
    await send_code(BY_MAIL)
    for age, left in ((timedelta(hours=47), 1), (timedelta(hours=49), 0)):
        await session.execute(update(OneTimeCode).values(created_at=now() - age))
        await session.commit()
        async with sessions.begin() as cleaning:
            before = now() - timedelta(days=2)
            await delete_old_codes(cleaning, before=before, at=now())
        assert len((await session.scalars(select(OneTimeCode))).all()) == left


async def test_a_code_stands_nowhere_in_clear(
    session: AsyncSession, settings: Settings, send_code: SendCode
) -> None:
    code = await send_code(BY_SMS)

    [row] = (await session.scalars(select(OneTimeCode))).all()
    [wish] = await published(session, OtpRequested)
    assert code.encode() not in row.code_digest
    assert b"9876543210" not in row.destination_sha256
    assert code not in wish.model_dump_json().replace(str(wish.expires_at), "")


async def test_whoever_proves_an_address_takes_the_account_over_from_who_did_not(
    client: httpx2.AsyncClient, session: AsyncSession, person: SignedIn, send_code: SendCode
) -> None:
    to = {"email": person.email}
    proved = await verify(client, to, await send_code(to))

    assert (await who(client, proved))["email_verified"] is True
    by_password = {"email": person.email, "password": "correct horse battery"}
    assert (await client.post(f"{AUTH}/login", json=by_password)).status_code == 401
    refreshed = {"refresh_token": person.refresh_token}
    assert (await client.post(f"{AUTH}/refresh", json=refreshed)).status_code == 401
    [changed] = await published(session, PasswordChanged)
    [revoked] = await published(session, UserSessionsRevoked)
    assert (changed.user_id, revoked.sid) == (person.id, None)


async def test_a_proved_address_keeps_its_password_and_sessions(
    client: httpx2.AsyncClient, session: AsyncSession, person: SignedIn, send_code: SendCode
) -> None:
    await session.execute(update(User).values(email_verified_at=now()))
    await session.commit()
    to = {"email": person.email}
    assert (await verify(client, to, await send_code(to))).status_code == 200

    by_password = {"email": person.email, "password": "correct horse battery"}
    assert (await client.post(f"{AUTH}/login", json=by_password)).status_code == 200
    refreshed = {"refresh_token": person.refresh_token}
    assert (await client.post(f"{AUTH}/refresh", json=refreshed)).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "asha@example.com", "phone_number": "+919876543210"},
        {"email": "asha@example.com", "channel": "SMS"},
        {"phone_number": "+919876543210", "channel": "EMAIL"},
        {"phone_number": "98765"},
        {"phone_number": "call me"},
        {"email": "a\x00@example.com"},
        {"email": "asha@example.com", "channel": "PIGEON"},
        {"email": "asha@example.com", "otp_code": "123456"},
    ],
)
async def test_a_broken_wish_is_refused(client: httpx2.AsyncClient, body: dict[str, str]) -> None:
    assert (await client.post(f"{AUTH}/otp/request", json=body)).status_code == 422


@pytest.mark.parametrize(
    "code", ["12345", "1234567", "abcdef", "", "\N{FULLWIDTH DIGIT ONE}" * 6, 123456]
)
async def test_a_broken_code_is_refused(client: httpx2.AsyncClient, code: object) -> None:
    answer = await client.post(f"{AUTH}/otp/verify", json={**BY_MAIL, "otp_code": code})

    assert answer.status_code == 422
