"""What the tests of webinar-service share: hosts, guests, webinars made through the door."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.event import Event
from servicekit.clock import now
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import envelope, receive
from servicekit.testing.plugin import MakeCaller, MakeSettings
from webinar_service.app import create_app
from webinar_service.settings import Settings
from webinar_service.subscriptions import SUBSCRIPTIONS

Hear = Callable[[Event], Awaitable[list[bool]]]
MakeWebinar = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def service_package() -> str:
    """Whose migrations make the database."""
    return "webinar_service"


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    """This test's settings."""
    made: Settings = make_settings(Settings)
    return made


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """The application under test."""
    return create_app(settings)


@pytest.fixture
def host(make_caller: MakeCaller) -> TestCaller:
    """Somebody who teaches."""
    return make_caller(Role.INSTRUCTOR)


@pytest.fixture
def guest(make_caller: MakeCaller) -> TestCaller:
    """Somebody who listens."""
    return make_caller()


@pytest.fixture
def hear(session: AsyncSession) -> Hear:
    """Deliver an event to every handler that wants it; says for each whether it was new."""

    async def hearing(event: Event) -> list[bool]:
        carried = envelope(event)
        wanted = [one for one in SUBSCRIPTIONS if one.event is type(event)]
        assert wanted
        return [await receive(session, one, carried) for one in wanted]

    return hearing


def plan(**more: Any) -> dict[str, Any]:
    """The body of a free webinar next week."""
    return {
        "title": "Reading an ECG in ten steps",
        "description": "Bring a strip of your own",
        "starts_at": (now() + timedelta(days=7)).isoformat(),
        "duration_mins": 60,
        "pricing_type": "FREE",
        "specialty_tags": ["Cardiology"],
        **more,
    }


@pytest.fixture
def planned() -> Callable[..., dict[str, Any]]:
    """`planned(capacity=2)`: the body of a webinar."""
    return plan


@pytest.fixture
def make_webinar(client: httpx2.AsyncClient, host: TestCaller) -> MakeWebinar:
    """`make_webinar(capacity=2)`: a webinar of the host's, made through the door."""

    async def making(**more: Any) -> dict[str, Any]:
        answer = await client.post("/api/v1/webinar", json=plan(**more), headers=host.headers)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return making
