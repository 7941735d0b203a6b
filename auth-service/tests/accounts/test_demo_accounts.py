"""The five accounts of a development installation."""

from collections.abc import Iterator

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.app import create_app
from auth_service.settings import Settings
from contracts.access import UserVerificationChanged
from contracts.auth import OtpRequested, UserRegistered
from servicekit.ids import uuid7
from servicekit.migrate import migrate
from servicekit.testing.messages import published
from servicekit.testing.servers import Servers

LOGIN = "/api/v1/auth/login"
NAMES = ("admin", "moderator", "instructor", "doctor", "learner")


def demo_login(name: str) -> dict[str, str]:
    return {"email": f"{name}@demo.docfliq.test", "password": "Demo-Passw0rd!"}


@pytest.fixture
def database_url(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database that was migrated in development."""
    monkeypatch.setenv("DOCFLIQ_DEV", "1")
    name = f"test_{uuid7().hex}"
    url = servers.create_database(name)
    migrate("auth-service", url)
    yield url
    servers.drop_database(name)


async def test_they_sign_in_with_their_roles(client: httpx2.AsyncClient) -> None:
    seen = {}
    for name in NAMES:
        answer = await client.post(LOGIN, json=demo_login(name))
        assert answer.status_code == 200, answer.text
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        me = (await client.get("/api/v1/auth/me", headers=headers)).json()
        seen[name] = (me["role"], me["verified"], me["profile_complete"])

    assert seen == {
        "admin": ("admin", False, True),
        "moderator": ("moderator", False, True),
        "instructor": ("instructor", False, True),
        "doctor": ("student", True, True),
        "learner": ("student", False, True),
    }


async def test_they_are_announced_like_everybody(session: AsyncSession) -> None:
    registered = await published(session, UserRegistered)
    [licensed] = await published(session, UserVerificationChanged)

    assert {one.person.username for one in registered} == set(NAMES)
    doctor = next(one for one in registered if one.person.username == "doctor")
    assert (licensed.user_id, licensed.verified, licensed.version) == (doctor.user_id, True, 4)


async def test_outside_development_they_are_refused(
    settings: Settings, session: AsyncSession
) -> None:
    app: FastAPI = create_app(settings.model_copy(update={"dev": False}))
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as client,
    ):
        answer = await client.post(LOGIN, json=demo_login("admin"))
        to = {"email": demo_login("admin")["email"]}
        asked = await client.post("/api/v1/auth/otp/request", json=to)

    assert asked.status_code == 202
    assert await published(session, OtpRequested) == []
    assert (answer.status_code, answer.json()["code"]) == (401, "credentials-wrong")
