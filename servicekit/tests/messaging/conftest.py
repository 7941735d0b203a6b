"""A service made for these tests: its settings, database, broker and workers."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, ClassVar
from uuid import UUID

import aio_pika
import psycopg
import pytest
from pydantic_settings import SettingsConfigDict
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.course import EnrollmentCompleted
from contracts.event import Event
from servicekit.clock import now
from servicekit.database import Sessions, new_engine, new_metadata, new_sessions
from servicekit.ids import uuid7
from servicekit.messaging import LiveHub, Subscription, publish
from servicekit.messaging.broker import Link
from servicekit.messaging.consumer import declare
from servicekit.messaging.subscriptions import DeadLetters, queues_of
from servicekit.settings import ServiceSettings
from servicekit.testing.broker import Vhost, new_vhost
from servicekit.testing.servers import Servers
from servicekit.worker import Worker

EFFECTS = (
    "CREATE TABLE effects (n bigserial, handler text, event_id uuid, subject text, version int)"
)
THINGS = "CREATE TABLE things (id uuid PRIMARY KEY, version int NOT NULL)"


class ProbeSettings(ServiceSettings):
    """The environment of a service that only listens."""

    model_config = SettingsConfigDict(env_prefix="PROBE_")

    service: ClassVar[str] = "probe-service"


@pytest.fixture(scope="session")
def probe_template(servers: Servers) -> Iterator[str]:
    """A database with the kit's tables and one for effects, to clone."""
    name = f"template_probe_{os.getpid()}"
    servers.drop_database(name)
    url = servers.create_database(name)
    engine: Engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        new_metadata().create_all(connection)
        connection.execute(text(EFFECTS))
        connection.execute(text(THINGS))
    engine.dispose()
    yield name
    servers.drop_database(name)


@pytest.fixture
def database_url(servers: Servers, probe_template: str) -> Iterator[str]:
    """This test's own database."""
    name = f"probe_{uuid7().hex}"
    yield servers.create_database(name, template=probe_template)
    servers.drop_database(name)


@pytest.fixture
def vhost(servers: Servers) -> Iterator[Vhost]:
    """This test's own vhost."""
    with new_vhost(servers.management, servers.broker, f"probe-{uuid7().hex}") as vhost:
        yield vhost


@pytest.fixture
def settings(make_settings: Callable[..., Any]) -> ProbeSettings:
    """Settings of a service that retries fast."""
    made: ProbeSettings = make_settings(ProbeSettings, DOCFLIQ_RETRY_DELAYS="0.05,0.05")
    return made


@pytest.fixture
def broker_settings(settings: ProbeSettings, vhost: Vhost) -> ProbeSettings:
    """The same, with this test's own vhost."""
    return settings.model_copy(update={"broker_url": type(settings.broker_url)(vhost.url)})


@pytest.fixture
def make_completion() -> Callable[..., EnrollmentCompleted]:
    """`make_completion(enrollment_id=…, version=…)`: an event that says enough."""

    def make(enrollment_id: UUID | None = None, version: int = 1) -> EnrollmentCompleted:
        return EnrollmentCompleted(
            version=version,
            enrollment_id=enrollment_id or uuid7(),
            course_id=uuid7(),
            course_title="ECG basics",
            user_id=uuid7(),
            completed_at=now(),
        )

    return make


@pytest.fixture
def announce(sessions: Sessions) -> Callable[..., Awaitable[None]]:
    """`await announce(first, second)`: publish in one transaction."""

    async def announce(*events: Event) -> None:
        async with sessions.begin() as session:
            for event in events:
                publish(session, event)

    return announce


@pytest.fixture
async def broker(vhost: Vhost) -> AsyncIterator[Link]:
    """A connection of the test's own."""
    connection = await aio_pika.connect(vhost.url)
    assert connection.transport is not None
    yield Link(connection.transport.connection)
    await connection.close()


@pytest.fixture
def worker(
    broker: Link, broker_settings: ProbeSettings
) -> Callable[..., AbstractAsyncContextManager[Worker]]:
    """`async with worker(on(…), …)`: a running worker whose queues are bound already."""

    @asynccontextmanager
    async def running(*rows: Subscription | DeadLetters, **options: Any) -> AsyncIterator[Worker]:
        channel = await broker.channel()
        for queue in queues_of(broker_settings.service, rows):
            await declare(channel, queue)
        engine: AsyncEngine = new_engine(broker_settings)
        schedules = options.pop("schedules", ())
        one = Worker(broker_settings, engine, rows, **options)
        async with one.context.hub:
            running = asyncio.create_task(one.run(schedules))
            try:
                yield one
            finally:
                one.stop.set()
                await running
                await engine.dispose()

    return running


@pytest.fixture
async def hub(broker_settings: ProbeSettings) -> AsyncIterator[LiveHub]:
    """The broker's side of an API process."""
    async with LiveHub(broker_settings) as hub:
        yield hub


@pytest.fixture
def api_sessions(engine: AsyncEngine, hub: LiveHub) -> Sessions:
    """Sessions as in an API process: their commits wake the relay."""
    return new_sessions(engine, engine_side=hub)


@pytest.fixture
def rows(database_url: str) -> Callable[[str], list[tuple[Any, ...]]]:
    """`rows("SELECT …")`: what is committed."""

    def rows(query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(database_url) as connection:
            return connection.execute(query.encode()).fetchall()

    return rows
