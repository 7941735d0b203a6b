"""Mailed links and codes: verification of an address, a forgotten password."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import LetterPurpose, OneTimeToken
from auth_service.sessions.models import LoginFailure
from contracts.access import UserSessionsRevoked
from contracts.auth import (
    EmailVerificationRequested,
    PasswordChanged,
    PasswordResetRequested,
    SealedLetter,
    SessionRefused,
    UserContactChanged,
)
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.testing.messages import published
from servicekit.testing.people import SignedIn

AUTH = "/api/v1/auth"
PASSWORD = "correct horse battery"
NEW = "another staple entirely"
OpenLetter = Callable[[SealedLetter], dict[str, str]]


def token_of(link: str) -> str:
    [token] = parse_qs(urlsplit(link).query)["token"]
    return token


@pytest.fixture
async def verification_token(
    person: SignedIn, session: AsyncSession, open_letter: OpenLetter
) -> str:
    letters = await published(session, EmailVerificationRequested)
    letter = next(one for one in letters if one.user_id == person.id)
    return token_of(open_letter(letter)["link"])


@pytest.fixture
async def reset_letter(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession, open_letter: OpenLetter
) -> dict[str, str]:
    await client.post(f"{AUTH}/forgot-password", json={"email": person.email})
    [letter] = await published(session, PasswordResetRequested)
    assert person.email == letter.person.email
    return open_letter(letter)


async def test_a_mail_scanner_verifies_nothing_and_the_button_does(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession, verification_token: str
) -> None:
    path = f"{AUTH}/email/verify?token={verification_token}"
    page = await client.get(path)
    assert page.status_code == 200
    assert 'method="post"' in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    me = await client.get(f"{AUTH}/me", headers=person.headers)
    assert me.json()["email_verified"] is False

    pressed = await client.post(path)
    assert pressed.json() == {"email": person.email, "email_verified": True}
    [event] = await published(session, UserContactChanged)
    assert (event.email_verified, event.person.email) == (True, person.email)
    again = await client.post(path)
    assert (again.status_code, again.json()["code"]) == (400, "link-not-valid")


async def test_browsers_get_a_page(client: httpx2.AsyncClient, verification_token: str) -> None:
    html = {"Accept": "text/html,*/*"}
    done = await client.post(f"{AUTH}/email/verify?token={verification_token}", headers=html)
    unknown = await client.post(f"{AUTH}/email/verify?token=%3Cscript%3E", headers=html)

    assert (done.status_code, unknown.status_code) == (200, 400)
    assert "confirmed" in done.text
    assert "<script>" not in unknown.text


async def test_a_page_escapes_what_the_address_says(client: httpx2.AsyncClient) -> None:
    page = await client.get(f"{AUTH}/reset-password?token=%22%3E%3Cscript%3E")

    assert "<script>" not in page.text


async def test_resending_voids_the_former_link(
    client: httpx2.AsyncClient, person: SignedIn, verification_token: str
) -> None:
    sent = await client.post(f"{AUTH}/email/resend-verification", headers=person.headers)
    old = await client.post(f"{AUTH}/email/verify?token={verification_token}")

    assert (sent.status_code, old.status_code) == (202, 400)


async def test_a_verified_address_needs_no_new_link(
    client: httpx2.AsyncClient, person: SignedIn, verification_token: str
) -> None:
    await client.post(f"{AUTH}/email/verify?token={verification_token}")
    answer = await client.post(f"{AUTH}/email/resend-verification", headers=person.headers)

    assert (answer.status_code, answer.json()["code"]) == (409, "email-already-verified")


async def test_forgetting_answers_the_same_for_an_unknown_address(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    known = await client.post(f"{AUTH}/forgot-password", json={"email": person.email})
    unknown = await client.post(f"{AUTH}/forgot-password", json={"email": "who@example.com"})

    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert known.status_code == 202
    assert len(await published(session, PasswordResetRequested)) == 1


async def test_the_link_replaces_the_password_once_and_ends_every_session(
    client: httpx2.AsyncClient,
    person: SignedIn,
    session: AsyncSession,
    reset_letter: dict[str, str],
) -> None:
    body = {"token": token_of(reset_letter["link"]), "new_password": NEW}
    first = await client.post(f"{AUTH}/reset-password", json=body)
    again = await client.post(f"{AUTH}/reset-password", json=body)

    assert (first.status_code, again.status_code) == (204, 400)
    old = await client.post(f"{AUTH}/refresh", json={"refresh_token": person.refresh_token})
    assert old.status_code == 401
    for password, status in ((PASSWORD, 401), (NEW, 200)):
        login = {"email": person.email, "password": password}
        assert (await client.post(f"{AUTH}/login", json=login)).status_code == status
    [changed] = await published(session, PasswordChanged)
    assert changed.address
    [revoked] = await published(session, UserSessionsRevoked)
    assert (changed.cause, revoked.cause, revoked.sid) == ("RESET", "PASSWORD_RESET", None)


async def test_the_code_does_the_same(
    client: httpx2.AsyncClient, person: SignedIn, reset_letter: dict[str, str]
) -> None:
    body = {"email": person.email, "otp_code": reset_letter["code"], "new_password": NEW}
    first = await client.post(f"{AUTH}/reset-password", json=body)
    again = await client.post(f"{AUTH}/reset-password", json=body)

    assert (first.status_code, again.status_code) == (204, 400)
    assert again.json()["code"] == "code-not-valid"


async def test_five_wrong_codes_void_the_letter(
    client: httpx2.AsyncClient,
    person: SignedIn,
    session: AsyncSession,
    reset_letter: dict[str, str],
) -> None:
    wrong = f"{(int(reset_letter['code']) + 1) % 1_000_000:06d}"
    for _ in range(5):
        body = {"email": person.email, "otp_code": wrong, "new_password": NEW}
        assert (await client.post(f"{AUTH}/reset-password", json=body)).status_code == 400

    right = {"email": person.email, "otp_code": reset_letter["code"], "new_password": NEW}
    assert (await client.post(f"{AUTH}/reset-password", json=right)).status_code == 400
    told = await published(session, SessionRefused)
    assert {(one.user_id, one.cause, one.factor) for one in told} == {
        (person.id, "WRONG_PASSWORD", "EMAIL")
    }


async def test_a_wrong_code_takes_as_long_whether_the_account_is_known_or_not(
    client: httpx2.AsyncClient, reset_letter: dict[str, str], person: SignedIn
) -> None:
    seconds: dict[str, list[float]] = {person.email: [], f"{uuid7().hex}@example.com": []}
    wrong = f"{(int(reset_letter['code']) + 1) % 1_000_000:06d}"
    for _ in range(4):
        for email, took in seconds.items():
            body = {"email": email, "otp_code": wrong, "new_password": NEW}
            before = monotonic()
            assert (await client.post(f"{AUTH}/reset-password", json=body)).status_code == 400
            took.append(monotonic() - before)

    quickest = [min(each) for each in seconds.values()]
    assert min(quickest) > 0.08
    assert max(quickest) < 1.5 * min(quickest)


async def test_a_link_dies_after_half_an_hour(
    client: httpx2.AsyncClient, session: AsyncSession, reset_letter: dict[str, str]
) -> None:
    row = await session.scalar(
        select(OneTimeToken).where(OneTimeToken.purpose == LetterPurpose.PASSWORD_RESET)
    )
    assert row is not None
    assert row.expires_at - row.created_at == timedelta(minutes=30)
    await session.execute(update(OneTimeToken).values(expires_at=now()))
    await session.commit()

    body = {"token": token_of(reset_letter["link"]), "new_password": NEW}
    assert (await client.post(f"{AUTH}/reset-password", json=body)).status_code == 400


async def test_a_weak_new_password_leaves_the_link_good(
    client: httpx2.AsyncClient, reset_letter: dict[str, str]
) -> None:
    token = token_of(reset_letter["link"])
    weak = await client.post(
        f"{AUTH}/reset-password", json={"token": token, "new_password": "password1"}
    )
    strong = await client.post(f"{AUTH}/reset-password", json={"token": token, "new_password": NEW})

    assert (weak.status_code, strong.status_code) == (422, 204)
    assert weak.json()["errors"][0]["pointer"] == "/new_password"


async def test_the_mailed_link_opens_a_form_that_works(
    client: httpx2.AsyncClient, reset_letter: dict[str, str]
) -> None:
    split = urlsplit(reset_letter["link"])
    page = await client.get(f"{split.path}?{split.query}")
    assert 'action="/api/v1/auth/reset-password/form"' in page.text
    sent = await client.post(
        f"{AUTH}/reset-password/form",
        data={"token": token_of(reset_letter["link"]), "new_password": NEW},
    )

    assert (page.status_code, sent.status_code) == (200, 200)


async def test_secrets_are_neither_in_the_row_nor_in_the_event(
    session: AsyncSession, reset_letter: dict[str, str]
) -> None:
    token = token_of(reset_letter["link"])
    rows = (await session.scalars(select(OneTimeToken))).all()
    [letter] = await published(session, PasswordResetRequested)

    assert all(token.encode() not in row.token_sha256 for row in rows)
    assert token not in letter.model_dump_json()
    assert f'"{reset_letter["code"]}"' not in letter.model_dump_json()


@pytest.mark.parametrize(
    "body",
    [
        {"new_password": NEW},
        {"token": "x", "email": "a@example.com", "otp_code": "123456", "new_password": NEW},
        {"email": "a@example.com", "new_password": NEW},
        {"email": "a@example.com", "otp_code": "12345", "new_password": NEW},
    ],
)
async def test_a_reset_needs_exactly_one_proof(
    client: httpx2.AsyncClient, body: dict[str, str]
) -> None:
    assert (await client.post(f"{AUTH}/reset-password", json=body)).status_code == 422


async def test_changing_the_password_ends_the_other_sessions(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    login = {"email": person.email, "password": PASSWORD}
    other = (await client.post(f"{AUTH}/login", json=login)).json()
    wrong = await client.post(
        f"{AUTH}/change-password",
        json={"current_password": "no", "new_password": NEW},
        headers=person.headers,
    )
    right = await client.post(
        f"{AUTH}/change-password",
        json={"current_password": PASSWORD, "new_password": NEW},
        headers=person.headers,
    )

    assert (wrong.status_code, right.status_code) == (403, 204)
    for token, status in ((person.refresh_token, 200), (other["refresh_token"], 401)):
        answer = await client.post(f"{AUTH}/refresh", json={"refresh_token": token})
        assert answer.status_code == status
    [revoked] = await published(session, UserSessionsRevoked)
    assert revoked.cause == "PASSWORD_CHANGED"
    assert revoked.sid is not None


async def test_a_stolen_token_guesses_the_password_no_longer_than_a_stranger_at_the_door(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    async def change(current_password: str) -> httpx2.Response:
        body = {"current_password": current_password, "new_password": NEW}
        return await client.post(f"{AUTH}/change-password", json=body, headers=person.headers)

    login = {"email": person.email, "password": "a stranger's guess"}
    assert (await client.post(f"{AUTH}/login", json=login)).status_code == 401
    guesses = [await change(f"guess {number}") for number in range(4)]
    assert {(one.status_code, one.json()["code"]) for one in guesses} == {
        (403, "current-password-wrong")
    }
    at_the_door = await client.post(f"{AUTH}/login", json={**login, "password": PASSWORD})
    for locked in (await change(PASSWORD), at_the_door):
        assert (locked.status_code, locked.json()["code"]) == (429, "account-locked")
        assert 1 <= int(locked.headers["Retry-After"]) <= 31

    [stranger, *thief] = await published(session, SessionRefused)
    assert stranger.sid is None
    token = jwt.decode(person.access_token, options={"verify_signature": False})
    assert {str(one.sid) for one in thief} == {token["sid"]}
    assert [one.cause for one in thief] == [*["WRONG_PASSWORD"] * 3, "LOCKED"]

    await session.execute(update(LoginFailure).values(locked_until=now()))
    await session.commit()
    assert (await change(PASSWORD)).status_code == 204
    session.expire_all()
    assert (await session.scalars(select(LoginFailure))).all() == []
