"""Fixtures for every service's tests. Its conftest adds `service_package`, `settings`, `app`."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from servicekit.access.tokens import TokenVerifier
from servicekit.database import Sessions, new_engine, new_sessions
from servicekit.ids import uuid7
from servicekit.settings import ServiceSettings
from servicekit.testing.broker import new_vhost
from servicekit.testing.callers import ISSUER, TestCaller, TestKeys, make_caller_with
from servicekit.testing.engines import running_servers
from servicekit.testing.servers import Servers

SEALING_KEY = "c2VhbGluZy1rZXktb2YtdGVzdHMtMzItYnl0ZXMhISE="
MakeCaller = Callable[..., TestCaller]
MakeSettings = Callable[..., Any]

_templates: dict[str, str] = {}


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL, RabbitMQ and Redis for this test session."""
    with running_servers() as servers:
        yield servers


@pytest.fixture(scope="session")
def _template_names(servers: Servers) -> Iterator[dict[str, str]]:
    yield _templates
    for name in _templates.values():
        servers.drop_database(name)
    _templates.clear()


@pytest.fixture
def database_url(
    servers: Servers, service_package: str, _template_names: dict[str, str]
) -> Iterator[str]:
    """A database of this test's own, cloned from what the service's migrations made."""
    from servicekit.migrate import migrate  # noqa: PLC0415  (alembic is slow to import)

    if service_package not in _template_names:
        template = f"template_{service_package}_{os.getpid()}"
        servers.drop_database(template)
        url = servers.create_database(template)
        migrate(service_package.replace("_", "-"), url)
        _template_names[service_package] = template
    name = f"test_{uuid7().hex}"
    yield servers.create_database(name, template=_template_names[service_package])
    servers.drop_database(name)


@pytest.fixture(scope="session")
def broker_url(servers: Servers) -> Iterator[str]:
    """A virtual host of this test session's own, with the platform's exchanges."""
    name = f"session-{uuid7().hex}"
    with new_vhost(servers.management, servers.broker, name, with_queues=False) as vhost:
        yield vhost.url


@pytest.fixture
def make_settings(
    servers: Servers, broker_url: str, database_url: str, tmp_path: Path
) -> MakeSettings:
    """`make_settings(Settings, worker_port=0)`: a service's settings for this test."""

    def make(kind: type[ServiceSettings], **more: Any) -> ServiceSettings:
        values: dict[str, Any] = {
            "_env_file": None,
            "DOCFLIQ_DEV": True,
            "DOCFLIQ_PUBLIC_URL": ISSUER,
            "DOCFLIQ_REDIS_URL": servers.redis,
            "DOCFLIQ_STORAGE_ROOT": str(tmp_path / "storage"),
            "DOCFLIQ_STORAGE_SIGNING_KEY": "storage-signing-key-of-tests",
            "DOCFLIQ_SEALING_KEYS": SEALING_KEY,
            "DOCFLIQ_ADDRESS_LIMITS": False,
            "database_url": database_url,
            "broker_url": broker_url,
        }
        return kind(**(values | more))

    return make


@pytest.fixture(scope="session")
def signing() -> TestKeys:
    """The key that signs the callers' tokens."""
    return TestKeys()


@pytest.fixture
def make_caller(signing: TestKeys) -> MakeCaller:
    """`make_caller(role=Role.INSTRUCTOR, verified=True, user_id=…)`: somebody with a token."""
    return partial(make_caller_with, signing)


@pytest.fixture
async def client(app: FastAPI, signing: TestKeys) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the running application, which trusts the callers of `make_caller`.

    An application that makes its own tokens (auth-service) keeps its own keys.
    """
    if not getattr(app.state, "signs_tokens", False):
        app.state.keys = signing
        app.state.verifier = TokenVerifier(issuer=ISSUER, keys=signing)
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url=ISSUER) as client,
    ):
        yield client


@pytest.fixture
async def engine(settings: ServiceSettings) -> AsyncIterator[AsyncEngine]:
    """An engine on this test's database."""
    engine = new_engine(settings)
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine, settings: ServiceSettings) -> Sessions:
    """Sessions on this test's database."""
    return new_sessions(engine, settings=settings)


@pytest.fixture
async def session(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """One session to look at rows with; commit what should be seen by the application."""
    async with sessions() as session:
        yield session
