"""The application factory: what every service's API has in common."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from operator import attrgetter
from types import FrameType
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.telemetry import TelemetryConfig
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from starlette.types import ASGIApp
from typing_extensions import override

from servicekit.access.jwks import RemoteKeys
from servicekit.access.policies import show_optional_tokens
from servicekit.access.revocations import TOPIC, Revocations
from servicekit.access.tickets import Tickets
from servicekit.access.tokens import KeySource, TokenVerifier
from servicekit.database import Sessions, new_engine, new_sessions
from servicekit.messaging import api_side
from servicekit.settings import ServiceSettings
from servicekit.storage import Storage, new_storage
from servicekit.telemetry import configure_logging, tracer_provider
from servicekit.web.answers import answer_with_problems
from servicekit.web.edge import Edge, Explained
from servicekit.web.health import health_router
from servicekit.web.lanes import FastLanes, Lanes
from servicekit.web.limits import Limits
from servicekit.web.reads import HotReads
from servicekit.web.writes import HotWrites

MAX_BODY_BYTES = 1_048_576
STOP_SECS = 5.0
# FastAPI's own metrics would double ours, and its logs hold what people sent.
_QUIET: TelemetryConfig = {"metrics": False, "logs": False}


async def request_session(request: Request) -> AsyncIterator[AsyncSession]:
    """One transaction per request, committed before the answer leaves."""
    sessions: Sessions = request.app.state.sessions
    async with sessions.begin() as session:
        yield session


async def _sessions(request: Request) -> Sessions:
    found: Sessions = request.app.state.sessions
    return found


async def _storage(request: Request) -> Storage:
    found: Storage = request.app.state.storage
    return found


# scope="function": FastAPI's default would commit after the response has left.
Tx = Annotated[AsyncSession, Depends(request_session, scope="function")]
TxFactory = Annotated[Sessions, Depends(_sessions)]
"""For use cases that own several short transactions: `async with sessions.begin() as session`."""
ObjectStorage = Annotated[Storage, Depends(_storage)]


class _ServiceApp(FastAPI):
    @override
    def build_middleware_stack(self) -> ASGIApp:
        ordinary = Explained(super().build_middleware_stack())
        return FastLanes(ordinary, self.state.lanes, self.state)

    @override
    def openapi(self) -> dict[str, Any]:
        return show_optional_tokens(super().openapi())


def create_service_app(
    settings: ServiceSettings,
    *,
    routers: Sequence[APIRouter],
    title: str,
    keys: KeySource | None = None,
    engine: AsyncEngine | None = None,
    lanes: Lanes | None = None,
) -> FastAPI:
    """An API process: routers under `/api/v1` (hot ones first), health, problems, security.

    `keys` replaces the JWKS fetched over HTTP (auth-service passes its own store).
    `lanes` are short ways for callers whose token is known.
    `app.state` holds settings, engine, sessions, reads, writes, storage, verifier, revocations,
    limits, hub.
    """
    configure_logging(settings)
    engine = engine or new_engine(settings)
    tracer = tracer_provider(settings, engine)
    app = _ServiceApp(
        title=title,
        version="1",
        lifespan=_lifespan,
        redirect_slashes=False,
        max_body_size=MAX_BODY_BYTES,
        generate_unique_id_function=attrgetter("name"),
        telemetry={"tracer_provider": tracer, "tracing": tracer is not None, **_QUIET},
        servers=[{"url": settings.public_url}],
    )
    state = app.state
    state.settings, state.engine = settings, engine
    state.keys = keys or RemoteKeys(settings.jwks_url)
    state.verifier = TokenVerifier(issuer=settings.public_url, keys=state.keys)
    state.revocations = Revocations(engine)
    state.reads = HotReads(settings)
    # While traces are taken, everything goes the way that makes them.
    state.lanes = lanes if lanes and tracer is None else {}
    state.storage = new_storage(settings)
    state.limits = Limits(settings)
    state.tickets = Tickets(settings)
    state.hub = api_side(settings, engine)
    state.writes = HotWrites(settings, state.hub)
    state.stopping = asyncio.Event()
    state.sessions = new_sessions(engine, settings=settings, engine_side=state.hub)

    for router in routers:
        app.include_router(router, prefix="/api/v1")
    app.include_router(health_router(settings))
    answer_with_problems(app)
    app.add_middleware(Edge, max_in_flight=settings.max_in_flight)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state = app.state
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(state.hub)
        state.hub.subscribe(TOPIC, lambda _topic, _payload: state.revocations.nudge())
        loops: list[Any] = [state.revocations.keep_fresh()]
        if isinstance(state.keys, RemoteKeys):
            loops.append(state.keys.keep_fresh())
        tasks = [asyncio.create_task(loop) for loop in loops]
        _hear_of_the_end(state.stopping)
        try:
            yield
        finally:
            state.revocations.stop()
            await asyncio.wait(tasks[:1], timeout=STOP_SECS)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=STOP_SECS)
            await state.limits.close()
            await state.tickets.close()
            await state.reads.close()
            await state.writes.close()
            await state.engine.dispose()


def _hear_of_the_end(stopping: asyncio.Event) -> None:
    """Let open streams end by themselves on SIGTERM; the server would wait, and then cut them."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
    if not callable(before):
        return

    def told(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stopping.set)
        before(number, frame)

    signal.signal(signal.SIGTERM, told)
