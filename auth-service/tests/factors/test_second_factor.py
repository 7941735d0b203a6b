"""Authenticator apps: set up, asked for, lost, removed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pyotp
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import AccountStatus, User
from auth_service.factors.models import BackupCode, MfaChallenge, TotpFactor
from auth_service.sessions.models import AuthSession, LoginFailure
from auth_service.settings import Settings
from contracts.auth import MfaChanged, OtpRequested, SessionRefused, SessionStarted
from servicekit.clock import now
from servicekit.sealing import unseal
from servicekit.testing.messages import published
from servicekit.testing.people import SignedIn

AUTH = "/api/v1/auth"
PASSWORD = "correct horse battery"


@dataclass
class App:
    """An authenticator app as it lies on a phone. The code that confirmed it was `now`'s."""

    secret: str
    backup_codes: list[str]

    def code(self, *, steps_ahead: int = 1) -> str:
        present = int(now().timestamp()) + 30 * steps_ahead
        return pyotp.TOTP(self.secret).at(present)

    def wrong_code(self) -> str:
        good = {self.code(steps_ahead=step) for step in (-1, 0, 1, 2)}
        return next(code for code in (f"{n:06d}" for n in range(10)) if code not in good)


@pytest.fixture
async def app_on_phone(client: httpx2.AsyncClient, person: SignedIn) -> App:
    """The person's app, set up and confirmed in their first session."""
    made = await client.post(f"{AUTH}/mfa/totp", headers=person.headers)
    assert made.status_code == 201, made.text
    app = App(made.json()["secret"], [])
    code = {"otp_code": app.code(steps_ahead=0)}
    confirmed = await client.post(f"{AUTH}/mfa/totp/confirm", json=code, headers=person.headers)
    assert confirmed.status_code == 200, confirmed.text
    app.backup_codes = confirmed.json()["backup_codes"]
    return app


@pytest.fixture
def log_in(client: httpx2.AsyncClient, person: SignedIn) -> Callable[[], Awaitable[dict[str, Any]]]:
    """`await log_in()`: what the right password is answered."""

    async def log_in() -> dict[str, Any]:
        body = {"email": person.email, "password": PASSWORD}
        answer = await client.post(f"{AUTH}/login", json=body)
        assert answer.status_code == 200, answer.text
        answered: dict[str, Any] = answer.json()
        return answered

    return log_in


LogIn = Callable[[], Awaitable[dict[str, Any]]]


async def verify(client: httpx2.AsyncClient, mfa_token: str, **code: str) -> httpx2.Response:
    return await client.post(f"{AUTH}/mfa/verify", json={"mfa_token": mfa_token, **code})


def bearer(answer: httpx2.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def test_signing_in_needs_the_app_once_it_is_confirmed(
    client: httpx2.AsyncClient,
    person: SignedIn,
    session: AsyncSession,
    app_on_phone: App,
    log_in: LogIn,
) -> None:
    asked = await log_in()
    assert (asked["mfa_required"], asked["expires_in"]) == (True, 300)
    assert "access_token" not in asked
    entered = await verify(client, asked["mfa_token"], otp_code=app_on_phone.code())

    assert entered.status_code == 200, entered.text
    assert set(entered.json()) == {"access_token", "refresh_token", "token_type", "expires_in"}
    me = await client.get(f"{AUTH}/me", headers=bearer(entered))
    assert me.json()["id"] == str(person.id)
    [changed] = await published(session, MfaChanged)
    assert changed.address
    assert (changed.user_id, changed.factor, changed.change) == (person.id, "TOTP", "ENABLED")
    started = (await published(session, SessionStarted))[-1]
    assert (started.way, started.second_factor) == ("PASSWORD", True)
    shown = (await client.get(f"{AUTH}/mfa", headers=bearer(entered))).json()
    assert (shown["totp"], shown["backup_codes_left"]) == (True, 10)


async def test_an_app_that_is_not_confirmed_changes_nothing(
    client: httpx2.AsyncClient, person: SignedIn, log_in: LogIn
) -> None:
    first = await client.post(f"{AUTH}/mfa/totp", headers=person.headers)
    again = await client.post(f"{AUTH}/mfa/totp", headers=person.headers)
    assert "access_token" in await log_in()

    former = App(first.json()["secret"], [])
    wrong = {"otp_code": former.code(steps_ahead=0)}
    refused = await client.post(f"{AUTH}/mfa/totp/confirm", json=wrong, headers=person.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "totp-code-wrong")
    uri = again.json()["otpauth_uri"]
    assert pyotp.parse_uri(uri).secret == again.json()["secret"]
    assert uri.startswith("otpauth://totp/Docfliq:")


async def test_a_second_app_waits_until_the_first_is_removed(
    client: httpx2.AsyncClient, person: SignedIn, app_on_phone: App
) -> None:
    again = await client.post(f"{AUTH}/mfa/totp", headers=person.headers)
    code = {"otp_code": app_on_phone.code()}
    confirmed = await client.post(f"{AUTH}/mfa/totp/confirm", json=code, headers=person.headers)

    assert (again.status_code, again.json()["code"]) == (409, "totp-already-on")
    assert (confirmed.status_code, confirmed.json()["code"]) == (404, "totp-not-found")


async def test_the_code_that_confirmed_the_app_does_not_sign_in(
    client: httpx2.AsyncClient, session: AsyncSession, app_on_phone: App, log_in: LogIn
) -> None:
    used = await session.scalar(select(TotpFactor.last_step))
    assert used is not None
    code = pyotp.TOTP(app_on_phone.secret).generate_otp(used)
    answer = await verify(client, (await log_in())["mfa_token"], otp_code=code)

    assert (answer.status_code, answer.json()["code"]) == (401, "second-factor-wrong")
    [refused] = await published(session, SessionRefused)
    assert refused.factor == "TOTP"


async def test_a_code_signs_in_once_however_many_try(
    client: httpx2.AsyncClient, app_on_phone: App, log_in: LogIn
) -> None:
    tokens = [(await log_in())["mfa_token"] for _ in range(3)]
    code = app_on_phone.code()
    answers = await asyncio.gather(*(verify(client, one, otp_code=code) for one in tokens))

    assert sorted(one.status_code for one in answers) == [200, 401, 401]


async def test_a_first_step_is_completed_once(
    client: httpx2.AsyncClient, session: AsyncSession, app_on_phone: App, log_in: LogIn
) -> None:
    token = (await log_in())["mfa_token"]
    assert (await verify(client, token, otp_code=app_on_phone.code())).status_code == 200
    again = await verify(client, token, backup_code=app_on_phone.backup_codes[0])
    unknown = await verify(client, "unknown", otp_code="123456")

    assert (again.status_code, again.json()["code"]) == (401, "challenge-not-valid")
    assert (unknown.status_code, unknown.json()["code"]) == (401, "challenge-not-valid")


async def test_guessing_ends_the_sign_in_and_locks_the_door_for_the_next(
    client: httpx2.AsyncClient, session: AsyncSession, app_on_phone: App, log_in: LogIn
) -> None:
    token = (await log_in())["mfa_token"]
    for _ in range(5):
        wrong = await verify(client, token, otp_code=app_on_phone.wrong_code())
        assert (wrong.status_code, wrong.json()["code"]) == (401, "second-factor-wrong")
    assert (await verify(client, token, otp_code=app_on_phone.code())).status_code == 401

    token = (await log_in())["mfa_token"]
    locked = await verify(client, token, otp_code=app_on_phone.code())
    assert (locked.status_code, locked.json()["code"]) == (429, "account-locked")
    assert 1 <= int(locked.headers["Retry-After"]) <= 31

    await session.execute(update(LoginFailure).values(locked_until=now() - timedelta(seconds=1)))
    await session.commit()
    assert (await verify(client, token, otp_code=app_on_phone.code())).status_code == 200


async def test_a_first_step_lives_five_minutes(
    client: httpx2.AsyncClient, session: AsyncSession, app_on_phone: App, log_in: LogIn
) -> None:
    token = (await log_in())["mfa_token"]
    await session.execute(update(MfaChallenge).values(expires_at=now() - timedelta(seconds=1)))
    await session.commit()

    answer = await verify(client, token, otp_code=app_on_phone.code())
    assert answer.json()["code"] == "challenge-not-valid"


async def test_a_first_step_ends_with_the_password_that_made_it(
    client: httpx2.AsyncClient, person: SignedIn, app_on_phone: App, log_in: LogIn
) -> None:
    token = (await log_in())["mfa_token"]
    change = {"current_password": PASSWORD, "new_password": "another staple entirely"}
    changed = await client.post(f"{AUTH}/change-password", json=change, headers=person.headers)
    assert changed.status_code == 204

    answer = await verify(client, token, otp_code=app_on_phone.code())
    assert answer.json()["code"] == "challenge-not-valid"


async def test_a_backup_code_opens_the_account_once_in_any_writing(
    client: httpx2.AsyncClient, session: AsyncSession, app_on_phone: App, log_in: LogIn
) -> None:
    code = app_on_phone.backup_codes[3].replace("-", " ").lower()
    first = await verify(client, (await log_in())["mfa_token"], backup_code=code)
    again = await verify(client, (await log_in())["mfa_token"], backup_code=code)

    assert (first.status_code, again.status_code) == (200, 401)
    shown = (await client.get(f"{AUTH}/mfa", headers=bearer(first))).json()
    assert shown["backup_codes_left"] == 9
    assert [one.change for one in await published(session, MfaChanged)] == [
        "ENABLED",
        "BACKUP_CODE_USED",
    ]


async def test_neither_secret_nor_backup_codes_stand_in_clear(
    session: AsyncSession, app_on_phone: App
) -> None:
    totp = await session.scalar(select(TotpFactor))
    kept = (await session.scalars(select(BackupCode.code_sha256))).all()

    assert totp is not None
    assert app_on_phone.secret not in str(totp.sealed_secret)
    assert len(set(app_on_phone.backup_codes)) == len(set(kept)) == 10
    assert all(len(digest) == 32 for digest in kept)


async def test_removing_the_app_signs_in_by_the_password_again(
    client: httpx2.AsyncClient,
    person: SignedIn,
    session: AsyncSession,
    app_on_phone: App,
    log_in: LogIn,
) -> None:
    gone = [await client.delete(f"{AUTH}/mfa/totp", headers=person.headers) for _ in range(2)]

    assert [one.status_code for one in gone] == [204, 204]
    assert "access_token" in await log_in()
    assert (await published(session, MfaChanged))[-1].change == "DISABLED"
    totp = await session.scalar(select(TotpFactor).execution_options(populate_existing=True))
    assert totp is not None
    assert totp.sealed_secret is None
    anew = await client.post(f"{AUTH}/mfa/totp", headers=person.headers)
    assert anew.status_code == 201


async def test_only_who_has_just_shown_the_app_removes_it(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession, app_on_phone: App
) -> None:
    ago = now() - timedelta(minutes=16)
    await session.execute(update(AuthSession).values(second_factor_at=ago))
    await session.commit()
    late = await client.delete(f"{AUTH}/mfa/totp", headers=person.headers)

    assert (late.status_code, late.json()["code"]) == (403, "second-factor-needed")
    shown = (await client.get(f"{AUTH}/mfa", headers=person.headers)).json()
    assert shown["totp"] is True


async def test_what_was_never_set_up_is_not_found(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    gone = await client.delete(f"{AUTH}/mfa/totp", headers=person.headers)
    code = {"otp_code": "123456"}
    confirmed = await client.post(f"{AUTH}/mfa/totp/confirm", json=code, headers=person.headers)
    shown = await client.get(f"{AUTH}/mfa", headers=person.headers)

    assert (gone.status_code, confirmed.status_code) == (404, 404)
    assert shown.json() == {"totp": False, "confirmed_at": None, "backup_codes_left": 0}


async def test_the_oauth_form_asks_for_the_app_by_a_problem(
    client: httpx2.AsyncClient, person: SignedIn, app_on_phone: App
) -> None:
    form = {"grant_type": "password", "username": person.email, "password": PASSWORD}
    asked = await client.post(f"{AUTH}/token", data=form)

    assert (asked.status_code, asked.json()["code"]) == (403, "mfa-required")
    entered = await verify(client, asked.json()["mfa_token"], otp_code=app_on_phone.code())
    assert entered.status_code == 200


async def test_a_mailed_code_asks_for_the_app_too_and_proves_nothing_alone(
    client: httpx2.AsyncClient,
    person: SignedIn,
    session: AsyncSession,
    settings: Settings,
    app_on_phone: App,
    log_in: LogIn,
) -> None:
    to = {"email": person.email}
    await client.post(f"{AUTH}/otp/request", json=to)
    [wish] = await published(session, OtpRequested)
    code = unseal(settings.sealing_keys, wish.sealed)["code"]
    asked = await client.post(f"{AUTH}/otp/verify", json={**to, "otp_code": code})

    assert asked.json()["mfa_required"] is True
    assert (await log_in())["mfa_required"] is True
    entered = await verify(client, asked.json()["mfa_token"], otp_code=app_on_phone.code())
    assert entered.status_code == 200
    assert (await published(session, SessionStarted))[-1].way == "OTP"


async def test_the_second_step_does_not_let_the_suspended_in(
    client: httpx2.AsyncClient, session: AsyncSession, app_on_phone: App, log_in: LogIn
) -> None:
    token = (await log_in())["mfa_token"]
    await session.execute(update(User).values(status=AccountStatus.SUSPENDED))
    await session.commit()

    answer = await verify(client, token, otp_code=app_on_phone.code())
    assert (answer.status_code, answer.json()["code"]) == (403, "account-suspended")
    [told] = await published(session, SessionRefused)
    assert told.cause == "SUSPENDED"


@pytest.mark.parametrize(
    "body",
    [
        {"mfa_token": "x"},
        {"otp_code": "123456"},
        {"mfa_token": "x", "otp_code": "12345"},
        {"mfa_token": "x", "otp_code": "123456", "backup_code": "AAAA"},
        {"mfa_token": "x", "backup_code": "--"},
        {"mfa_token": "x", "backup_code": "A\x00"},
        {"mfa_token": "x" * 513, "otp_code": "123456"},
    ],
)
async def test_a_broken_second_step_is_refused(
    client: httpx2.AsyncClient, body: dict[str, str]
) -> None:
    assert (await client.post(f"{AUTH}/mfa/verify", json=body)).status_code == 422
