"""Connections kept for the few hot statements: on autocommit, binary, prepared, without an ORM."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncCursor, OperationalError
from psycopg.rows import TupleRow

from servicekit.connections import connect
from servicekit.messaging.wake import plain_url
from servicekit.problems import ServiceUnavailable
from servicekit.settings import ServiceSettings

KEPT = 4
WAIT_SECS = 1.0

Rows = list[TupleRow]
Cursor = AsyncCursor[TupleRow]


class KeptCursors:
    """Up to four connections, each with one cursor; they are opened when they are needed.

    A cursor that failed, or whose caller went away in the middle, is closed and never used again.
    `options` are the server's, as in `-c jit=off`.
    """

    def __init__(self, settings: ServiceSettings, *, purpose: str, options: str) -> None:
        self._url, self._options = plain_url(settings), options
        self._name = f"{settings.service}/{settings.instance} {purpose}"
        self._idle: list[Cursor] = []
        self._free = asyncio.Semaphore(KEPT)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """The right to one cursor. Raises ServiceUnavailable when none gets free in a second."""
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()  # at once, without a timer
        try:
            yield
        finally:
            self._free.release()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(WAIT_SECS):
                await self._free.acquire()
        except TimeoutError:
            raise ServiceUnavailable("Too much is going on at once") from None

    def idle(self) -> Cursor | None:
        """The cursor that was used last, taken out, or None."""
        return self._idle.pop() if self._idle else None

    async def fresh(self) -> Cursor:
        """A cursor on a new connection. Raises psycopg's OperationalError."""
        connection = await connect(self._url, application_name=self._name, options=self._options)
        return connection.cursor(binary=True)

    async def run(self, cursor: Cursor, statement: str, values: Mapping[str, Any]) -> Rows:
        """All rows of a statement that returns some; then the cursor is idle, or closed."""
        try:
            await cursor.execute(statement.encode(), values, prepare=True)
            found = await cursor.fetchall()
        except BaseException:
            await cursor.connection.close()
            raise
        self._idle.append(cursor)
        return found

    async def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            await self._idle.pop().connection.close()


def is_lost(error: OperationalError) -> bool:
    """Whether the connection is gone: no SQLSTATE, or the server's farewell (57P)."""
    return error.sqlstate is None or error.sqlstate.startswith("57P")
