"""Invites by the door: made, looked at, redeemed once each, never more often than allowed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import jwt
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.invites.models import Invite, InviteRedemption
from contracts.access import UserRoleChanged
from contracts.auth import (
    EmailVerificationRequested,
    InviteCreated,
    InviteRedeemed,
    InviteRevoked,
    PasswordResetRequested,
    SealedLetter,
    UserRegistered,
)
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.testing.messages import published
from servicekit.testing.people import MakePerson, SignedIn

INVITES = "/api/v1/admin/invites"
REDEEM = "/api/v1/invites/redeem"
REGISTER = "/api/v1/auth/register"
PASSWORD = "correct horse battery"


async def invite(client: httpx2.AsyncClient, admin: SignedIn, **more: Any) -> dict[str, Any]:
    wish = {"role_to_grant": "member"} | more
    answer = await client.post(INVITES, json=wish, headers=admin.headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def redeem(client: httpx2.AsyncClient, person: SignedIn, code: str) -> httpx2.Response:
    return await client.post(REDEEM, json={"code": code}, headers=person.headers)


def said(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def test_a_code_is_shown_once_and_its_digest_alone_is_kept(
    client: httpx2.AsyncClient, admin: SignedIn, session: AsyncSession
) -> None:
    made = await invite(client, admin, max_uses=3)
    listed = (await client.get(INVITES, headers=admin.headers)).json()["items"]

    assert listed == [{name: value for name, value in made.items() if name != "code"}]
    assert (made["uses"], made["status"]) == (0, "OPEN")
    assert made["code"].endswith(made["code_hint"])
    [row] = await session.scalars(select(Invite))
    assert made["code"].encode() not in row.code_sha256
    [event] = await published(session, InviteCreated)
    assert (event.invite_id, event.created_by) == (row.id, admin.id)
    assert made["code"] not in event.model_dump_json()


async def test_redeeming_twice_takes_one_use_and_the_role_shows_at_the_next_refresh(
    client: httpx2.AsyncClient, admin: SignedIn, person: SignedIn, session: AsyncSession
) -> None:
    made = await invite(client, admin, role_to_grant="instructor", max_uses=3)
    typed = made["code"].lower().replace("-", " ")
    answers = [await redeem(client, person, code) for code in (typed, made["code"])]

    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["role"] == "instructor"
    [row] = await session.scalars(select(Invite))
    assert row.uses == 1
    [event] = await published(session, InviteRedeemed)
    assert (event.user_id, event.role, event.uses) == (person.id, "instructor", 1)
    [change] = await published(session, UserRoleChanged)
    assert (change.from_role, change.to_role, change.not_before) == ("student", "instructor", None)
    refreshed = await client.post(
        "/api/v1/auth/refresh", json={"refresh_token": person.refresh_token}
    )
    claims = jwt.decode(refreshed.json()["access_token"], options={"verify_signature": False})
    assert claims["role"] == "instructor"


async def test_who_registers_with_a_code_has_its_role_from_the_first_token_on(
    client: httpx2.AsyncClient, admin: SignedIn, session: AsyncSession
) -> None:
    code = (await invite(client, admin))["code"]
    body = {"email": "new@example.com", "password": PASSWORD, "invite_code": code}
    entered = await client.post(REGISTER, json=body)

    assert (entered.status_code, entered.json()["user"]["role"]) == (201, "member")
    token = entered.json()["tokens"]["access_token"]
    assert jwt.decode(token, options={"verify_signature": False})["role"] == "member"
    assert (await published(session, UserRegistered))[-1].role == "member"
    assert await published(session, UserRoleChanged) == []
    late = await client.post(REGISTER, json=body | {"email": "late@example.com"})
    assert said(late) == (409, "invite-used-up")
    emails = list(await session.scalars(select(User.email)))
    assert "late@example.com" not in emails


@pytest.mark.parametrize("by_registering", [True, False])
async def test_an_invite_that_does_not_fit_is_refused_and_stays_whole(
    client: httpx2.AsyncClient,
    admin: SignedIn,
    person: SignedIn,
    session: AsyncSession,
    by_registering: bool,  # noqa: FBT001  (pytest's own parameter)
) -> None:
    other = (await invite(client, admin, email="Somebody@example.com"))["code"]
    old = (await invite(client, admin))["code"]
    gone = await invite(client, admin)
    await client.delete(f"{INVITES}/{gone['id']}", headers=admin.headers)
    ended = {"expires_at": now() - timedelta(seconds=1)}
    await session.execute(update(Invite).where(Invite.code_hint == old[-5:]).values(**ended))
    await session.commit()

    async def use(code: str) -> tuple[int, str]:
        if not by_registering:
            return said(await redeem(client, person, code))
        body = {"email": "x@example.com", "password": PASSWORD, "invite_code": code}
        return said(await client.post(REGISTER, json=body))

    assert await use(other) == (403, "invite-for-another-address")
    assert await use(old) == (409, "invite-expired")
    assert await use(gone["code"]) == (404, "invite-not-found")
    assert await use("AAAAA-AAAAA") == (404, "invite-not-found")
    assert set(await session.scalars(select(Invite.uses))) == {0}


async def test_an_invite_for_an_address_fits_it_in_any_spelling(
    client: httpx2.AsyncClient, admin: SignedIn, make_person: MakePerson, session: AsyncSession
) -> None:
    person = await make_person(email="asha.rao@example.com")
    code = (await invite(client, admin, email="Asha.Rao@Example.com"))["code"]
    offer = await client.get(f"/api/v1/invites/{code}", headers=person.headers)
    others = await client.get(f"/api/v1/invites/{code}", headers=admin.headers)

    assert (offer.json()["for_me"], others.json()["for_me"]) == (True, False)
    assert "email" not in others.json()
    assert said(await redeem(client, person, code)) == (403, "address-not-proved")
    mine = update(User).where(User.id == person.id)
    await session.execute(mine.values(email_verified_at=now()))
    await session.commit()
    assert (await redeem(client, person, code)).status_code == 200


@pytest.mark.parametrize("way", ["link", "code", "contact", "reset"])
async def test_an_invite_for_an_address_waits_until_whoever_registered_proves_it(
    client: httpx2.AsyncClient,
    admin: SignedIn,
    session: AsyncSession,
    send_code: Callable[[dict[str, str]], Awaitable[str]],
    open_letter: Callable[[SealedLetter], dict[str, str]],
    way: str,
) -> None:
    to = {"email": f"{uuid7().hex}@example.com"}
    code = (await invite(client, admin, role_to_grant="moderator", **to))["code"]
    body = {**to, "password": PASSWORD, "invite_code": code}
    made = (await client.post(REGISTER, json=body)).json()
    headers = {"Authorization": f"Bearer {made['tokens']['access_token']}"}
    assert made["user"]["role"] == "student"
    assert await session.scalar(select(Invite.uses)) == 0
    assert await published(session, UserRoleChanged) == []

    if way == "link":
        link = open_letter((await published(session, EmailVerificationRequested))[-1])["link"]
        proved = await client.post(link.removeprefix("http://localhost:8000"))
    elif way == "reset":
        await client.post("/api/v1/auth/forgot-password", json=to)
        letter = open_letter((await published(session, PasswordResetRequested))[-1])
        wish = {**to, "otp_code": letter["code"], "new_password": "another staple entirely"}
        proved = await client.post("/api/v1/auth/reset-password", json=wish)
    else:
        wish = {**to, "otp_code": await send_code(to)}
        path = "contact/verify" if way == "contact" else "otp/verify"
        proved = await client.post(f"/api/v1/auth/{path}", json=wish, headers=headers)
    assert proved.status_code in {200, 204}, proved.text

    session.expire_all()
    chief = await session.scalar(select(User).where(User.email == to["email"]))
    assert chief is not None
    assert (chief.role, chief.waiting_invite_id) == ("moderator", None)
    [change] = await published(session, UserRoleChanged)
    assert (change.user_id, change.from_role, change.to_role) == (chief.id, "student", "moderator")
    [redeemed] = await published(session, InviteRedeemed)
    assert (redeemed.user_id, redeemed.uses) == (chief.id, 1)


async def test_an_invite_that_was_taken_back_while_it_waited_gives_nothing(
    client: httpx2.AsyncClient,
    admin: SignedIn,
    session: AsyncSession,
    send_code: Callable[[dict[str, str]], Awaitable[str]],
) -> None:
    to = {"email": f"{uuid7().hex}@example.com"}
    made = await invite(client, admin, **to)
    body = {**to, "password": PASSWORD, "invite_code": made["code"]}
    assert (await client.post(REGISTER, json=body)).status_code == 201
    await client.delete(f"{INVITES}/{made['id']}", headers=admin.headers)
    wish = {**to, "otp_code": await send_code(to)}

    assert (await client.post("/api/v1/auth/otp/verify", json=wish)).status_code == 200
    roles = select(User.role).where(User.email == to["email"])
    assert await session.scalar(roles) == "student"


@pytest.mark.parametrize("alike", ["chief@straße.de", "chief@xn--strae-oqa.de"])
async def test_an_invite_fits_no_address_that_only_looks_like_its_own(
    client: httpx2.AsyncClient, admin: SignedIn, alike: str
) -> None:
    code = (await invite(client, admin, email="chief@strasse.de"))["code"]
    body = {"email": alike, "password": PASSWORD, "invite_code": code}

    assert said(await client.post(REGISTER, json=body)) == (403, "invite-for-another-address")


async def test_a_role_that_is_held_already_uses_nothing_up(
    client: httpx2.AsyncClient, admin: SignedIn, session: AsyncSession
) -> None:
    code = (await invite(client, admin, role_to_grant="moderator"))["code"]

    assert said(await redeem(client, admin, code)) == (409, "role-held-already")
    assert await session.scalar(select(Invite.uses)) == 0


async def test_taking_an_invite_back_twice_is_harmless(
    client: httpx2.AsyncClient, admin: SignedIn, person: SignedIn, session: AsyncSession
) -> None:
    made = await invite(client, admin, max_uses=2)
    await redeem(client, person, made["code"])
    path = f"{INVITES}/{made['id']}"
    gone = [await client.delete(path, headers=admin.headers) for _ in range(2)]
    unknown = await client.delete(f"{INVITES}/{uuid4()}", headers=admin.headers)

    assert [one.status_code for one in (*gone, unknown)] == [204, 204, 404]
    [event] = await published(session, InviteRevoked)
    assert event.revoked_by == admin.id
    me = await client.get("/api/v1/auth/me", headers=person.headers)
    assert me.json()["role"] == "member"
    shown = await client.get(f"{INVITES}?status=REVOKED", headers=admin.headers)
    assert [one["id"] for one in shown.json()["items"]] == [made["id"]]
    assert (await client.get(f"{INVITES}?status=OPEN", headers=admin.headers)).json()["items"] == []


@pytest.mark.parametrize(
    "wish",
    [
        {"role_to_grant": "admin"},
        {"role_to_grant": "student"},
        {"role_to_grant": "owner"},
        {"role_to_grant": "member", "max_uses": 0},
        {"role_to_grant": "member", "expires_at": "2020-01-31T00:00:00Z"},
        {"role_to_grant": "member", "code": "MINE"},
        {},
    ],
)
async def test_what_nobody_may_grant_is_refused(
    client: httpx2.AsyncClient, admin: SignedIn, wish: dict[str, Any]
) -> None:
    answer = await client.post(INVITES, json=wish, headers=admin.headers)

    assert said(answer) == (422, "validation-failed")


async def test_an_idempotency_key_gives_the_same_answer(
    client: httpx2.AsyncClient, admin: SignedIn, person: SignedIn
) -> None:
    code = (await invite(client, admin))["code"]
    headers = person.headers | {"Idempotency-Key": "once"}
    first, again = [
        await client.post(REDEEM, json={"code": code}, headers=headers) for _ in range(2)
    ]
    other = await client.post(REDEEM, json={"code": "AAAAA"}, headers=headers)

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert said(other) == (422, "idempotency-key-reused")


async def test_of_two_hundred_who_redeem_an_invite_for_ten_at_once_ten_do(
    app: FastAPI,
    client: httpx2.AsyncClient,
    admin: SignedIn,
    session: AsyncSession,
    sessions: Sessions,
) -> None:
    code = (await invite(client, admin, max_uses=10))["code"]
    async with sessions.begin() as writing:
        people = [User(**_account(number)) for number in range(200)]
        writing.add_all(people)
    mint = app.state.doorkeeper.minter.access_token
    tokens = [(await mint(person, sid=uuid7()))[0] for person in people]

    async def try_until_answered(token: str) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}"}
        while True:
            answer = await client.post(REDEEM, json={"code": code}, headers=headers)
            if answer.status_code != 503:
                return said(answer)
            await asyncio.sleep(0.3)

    answers = await asyncio.gather(*(try_until_answered(token) for token in tokens))

    assert answers.count((200, "")) == 10
    assert answers.count((409, "invite-used-up")) == 190
    [row] = await session.scalars(select(Invite))
    assert (row.uses, row.max_uses, row.status) == (10, 10, "USED_UP")
    winners = set(await session.scalars(select(InviteRedemption.user_id)))
    raised = set(await session.scalars(select(User.id).where(User.role == "member")))
    assert winners == raised
    assert len(winners) == 10
    assert sorted(one.uses for one in await published(session, InviteRedeemed)) == [*range(1, 11)]


def _account(number: int) -> dict[str, Any]:
    email = f"guest{number}@example.com"
    return {"email": email, "email_key": email, "password_hash": ""}
