"""Health, readiness and metrics of a worker, without a web framework's memory."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any, Protocol

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from servicekit.database import Sessions
from servicekit.messaging import metrics
from servicekit.settings import ServiceSettings

_PATIENCE = 2.0

log = logging.getLogger(__name__)

Answer = tuple[int, str, bytes]


class Context(Protocol):
    """What health speaks about."""

    @property
    def settings(self) -> ServiceSettings:
        """Name and port."""
        ...

    @property
    def sessions(self) -> Sessions:
        """The way to the database."""
        ...


class Health:
    """`GET /health`, `/ready`, `/metrics` on the worker's port, loopback only."""

    def __init__(self, context: Context, broker_is_there: Callable[[], bool]) -> None:
        self._context = context
        self._broker_is_there = broker_is_there
        self.stopping = False
        self.port = 0

    async def serve(self) -> None:
        """Answer until cancelled; on a free port if the settings name none."""
        port = self._context.settings.worker_port
        server = await asyncio.start_server(self._talk, "127.0.0.1", port)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(2 * _PATIENCE):
                request = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)
                status, content_type, body = await self._answer(request[1].decode("ascii"))
                writer.write(
                    f"HTTP/1.1 {status} \r\nContent-Type: {content_type}\r\n"
                    f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
        except (
            OSError,
            TimeoutError,
            ValueError,
            IndexError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
        ):
            log.debug("a health request was not one")
        finally:
            writer.close()

    async def _answer(self, path: str) -> Answer:
        name = self._context.settings.service.removesuffix("-service")
        if path == "/health":
            return _json(200, {"status": "ok", "service": name})
        if path == "/ready":
            return await self._ready(name)
        if path == "/metrics":
            return await self._metrics()
        return _json(404, {"status": "not found"})

    async def _ready(self, name: str) -> Answer:
        if self.stopping or not await self._database_answers():
            return _json(503, {"status": "unavailable", "service": name})
        if not self._broker_is_there():
            return _json(200, {"status": "degraded", "service": name, "broker": "down"})
        return _json(200, {"status": "ok", "service": name})

    async def _database_answers(self) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE), self._context.sessions() as session:
                await session.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError, TimeoutError):
            return False
        return True

    async def _metrics(self) -> Answer:
        try:
            async with asyncio.timeout(_PATIENCE), self._context.sessions() as session:
                await metrics.read_tables(session)
        except (SQLAlchemyError, OSError, TimeoutError):
            log.info("the tables could not be read for metrics")
        return 200, CONTENT_TYPE_LATEST, generate_latest()


def _json(status: int, content: dict[str, Any]) -> Answer:
    return status, "application/json", json.dumps(content).encode()
