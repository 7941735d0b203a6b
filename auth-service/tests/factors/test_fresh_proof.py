"""Another way into an account takes more than a token that somebody may have stolen."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx2
import pyotp
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.sessions.models import AuthSession
from servicekit.clock import now
from servicekit.testing.people import SignedIn

AUTH = "/api/v1/auth"
PASSWORD = "correct horse battery"
NUMBER = {"phone_number": "+919876543210"}
NEEDED = (403, "fresh-proof-needed")
SendCode = Callable[[dict[str, str]], Awaitable[str]]
Try = Callable[..., Awaitable[httpx2.Response]]


@pytest.fixture
async def token_is_old(person: SignedIn, session: AsyncSession) -> None:
    ago = now() - timedelta(minutes=16)
    mine = update(AuthSession).where(AuthSession.user_id == person.id)
    await session.execute(mine.values(started_at=ago))
    await session.commit()


@pytest.fixture(params=["passkeys/register/options", "mfa/totp", "contact/verify"])
def attempt(
    request: pytest.FixtureRequest,
    client: httpx2.AsyncClient,
    person: SignedIn,
    send_code: SendCode,
) -> Try:
    """`await attempt(current_password=…)`: how adding a way in was answered."""

    async def attempt(**body: str) -> httpx2.Response:
        if request.param == "contact/verify":
            body |= NUMBER | {"otp_code": await send_code(NUMBER)}
        path = f"{AUTH}/{request.param}"
        return await client.post(path, json=body or None, headers=person.headers)

    return attempt


@pytest.mark.usefixtures("token_is_old")
async def test_an_old_sign_in_adds_a_way_in_only_with_the_password(attempt: Try) -> None:
    bare = await attempt()
    wrong = await attempt(current_password="something wrong")
    right = await attempt(current_password=PASSWORD)

    assert (bare.status_code, bare.json()["code"]) == NEEDED
    assert (wrong.status_code, wrong.json()["code"]) == (403, "current-password-wrong")
    assert right.status_code in {200, 201}, right.text


async def test_a_fresh_sign_in_is_proof_enough(attempt: Try) -> None:
    assert (await attempt()).status_code in {200, 201}


async def test_with_an_authenticator_app_the_password_alone_proves_nothing(
    client: httpx2.AsyncClient, person: SignedIn, session: AsyncSession
) -> None:
    made = (await client.post(f"{AUTH}/mfa/totp", headers=person.headers)).json()
    code = {"otp_code": pyotp.TOTP(made["secret"]).now()}
    path = f"{AUTH}/mfa/totp/confirm"
    assert (await client.post(path, json=code, headers=person.headers)).status_code == 200
    ago = now() - timedelta(minutes=16)
    await session.execute(update(AuthSession).values(started_at=ago, second_factor_at=ago))
    await session.commit()
    body = {"current_password": PASSWORD}
    refused = await client.post(
        f"{AUTH}/passkeys/register/options", json=body, headers=person.headers
    )

    assert (refused.status_code, refused.json()["code"]) == NEEDED


@pytest.mark.usefixtures("token_is_old")
async def test_the_accounts_own_address_is_proved_at_any_time(
    client: httpx2.AsyncClient, person: SignedIn, send_code: SendCode
) -> None:
    own = {"email": person.email}
    body = own | {"otp_code": await send_code(own)}
    answer = await client.post(f"{AUTH}/contact/verify", json=body, headers=person.headers)

    assert (answer.status_code, answer.json()["email_verified"]) == (200, True)
