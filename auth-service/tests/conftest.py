"""What the tests of auth-service stand on."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.app import create_app
from auth_service.settings import Settings
from contracts.access import Role
from contracts.auth import OtpRequested, SealedLetter
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.sealing import unseal
from servicekit.testing.messages import published
from servicekit.testing.people import MakePerson, SignedIn
from servicekit.testing.plugin import MakeSettings

PASSWORD = "correct horse battery"


@pytest.fixture
def service_package() -> str:
    return "auth_service"


@pytest.fixture
def settings(database_url: str, make_settings: MakeSettings) -> Settings:
    made: Settings = make_settings(Settings)
    return made


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def make_person(client: httpx2.AsyncClient, sessions: Sessions) -> MakePerson:
    """`await make_person(role=Role.MODERATOR, full_name="…")`: registered and signed in."""

    async def make(*, role: Role = Role.STUDENT, **more: Any) -> SignedIn:
        email = more.pop("email", f"{uuid7().hex}@example.com")
        body = {"email": email, "password": PASSWORD, "full_name": "Asha Rao", **more}
        answer = await client.post("/api/v1/auth/register", json=body)
        assert answer.status_code == 201, answer.text
        user_id = UUID(answer.json()["user"]["id"])
        tokens = answer.json()["tokens"]
        if role is not Role.STUDENT:
            async with sessions.begin() as session:
                user = await session.get(User, user_id)
                assert user is not None
                user.role = role
            refreshed = await client.post(
                "/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]}
            )
            tokens = refreshed.json()
        return SignedIn(user_id, email, tokens["access_token"], tokens["refresh_token"])

    return make


@pytest.fixture
async def person(make_person: MakePerson) -> SignedIn:
    return await make_person()


@pytest.fixture
async def admin(make_person: MakePerson) -> SignedIn:
    return await make_person(role=Role.ADMIN)


@pytest.fixture
def send_code(
    client: httpx2.AsyncClient, session: AsyncSession, settings: Settings
) -> Callable[[dict[str, str]], Awaitable[str]]:
    """`await send_code({"email": …})`: the six digits that the wish to send them holds."""

    async def send(to: dict[str, str]) -> str:
        answer = await client.post("/api/v1/auth/otp/request", json=to)
        assert answer.status_code == 202, answer.text
        wish = (await published(session, OtpRequested))[-1]
        return str(unseal(settings.sealing_keys, wish.sealed)["code"])

    return send


@pytest.fixture
def open_letter(settings: Settings) -> Callable[[SealedLetter], dict[str, str | None]]:
    """The link and code of a sealed letter."""
    return lambda letter: unseal(settings.sealing_keys, letter.sealed)
