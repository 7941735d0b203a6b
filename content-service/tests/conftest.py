"""What the tests of content-service stand on."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.app import create_app
from content_service.settings import Settings
from content_service.subscriptions import SUBSCRIPTIONS
from contracts.access import Role
from contracts.auth import UserRegistered
from contracts.event import Account, Event
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import receive
from servicekit.testing.plugin import MakeCaller, MakeSettings

Written = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def service_package() -> str:
    return "content_service"


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    made: Settings = make_settings(Settings)
    return made


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def doctor(make_caller: MakeCaller) -> TestCaller:
    """Somebody who writes."""
    return make_caller(verified=True)


@pytest.fixture
def reader(make_caller: MakeCaller) -> TestCaller:
    """Somebody who reads."""
    return make_caller()


@pytest.fixture
def write_post(client: httpx2.AsyncClient, doctor: TestCaller) -> Written:
    """Publish a post as the doctor, or as `author`; its JSON."""

    async def write(author: TestCaller = doctor, **more: Any) -> dict[str, Any]:
        body = {"title": "Chest pain", "body": "Think of #ACS.", "status": "PUBLISHED"} | more
        answer = await client.post("/api/v1/cms/posts", json=body, headers=author.headers)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return write


@pytest.fixture
def hear(session: AsyncSession) -> Callable[[Event], Awaitable[bool]]:
    """Deliver an event to the handler that the service has for it."""

    async def deliver(event: Event) -> bool:
        rows = [row for row in SUBSCRIPTIONS if row.event is type(event)]
        # Access hears of verification too; it changes nothing that readers see.
        return await receive(session, rows[0], event)

    return deliver


@pytest.fixture
def registered() -> Callable[..., UserRegistered]:
    """`registered(user_id, full_name="…")`: the news of a new account."""

    def news(user_id: UUID, *, version: int = 1, **person: Any) -> UserRegistered:
        return UserRegistered(
            version=version,
            user_id=user_id,
            role=Role.STUDENT,
            specialty=person.get("specialty"),
            person=Account(**({"full_name": "Asha Rao", "email": "asha@x.test"} | person)),
        )

    return news
