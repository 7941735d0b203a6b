"""Connections kept for the few hot statements: on autocommit, binary, prepared, without an ORM."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

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
    `purpose` shows in the connections' names; `options` are the server's.
    """

    purpose: ClassVar[str]
    options: ClassVar[str]

    def __init__(self, settings: ServiceSettings) -> None:
        self._url = plain_url(settings)
        self._name = f"{settings.service}/{settings.instance} {self.purpose}"
        self._idle: list[Cursor] = []
        self._free = asyncio.Semaphore(KEPT)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """The right to one cursor; no database, or no place for a second, is ServiceUnavailable."""
        try:
            async with asyncio.timeout(WAIT_SECS):
                await self._free.acquire()
        except TimeoutError:
            raise ServiceUnavailable("Too much is going on at once") from None
        try:
            yield
        except OperationalError as error:
            raise ServiceUnavailable("The database does not answer") from error
        finally:
            self._free.release()

    async def _fresh(self) -> Cursor:
        """A cursor on a new connection. Raises psycopg's OperationalError."""
        connection = await connect(self._url, application_name=self._name, options=self.options)
        return connection.cursor(binary=True)

    async def _run(self, cursor: Cursor, statement: str, values: Mapping[str, Any]) -> Rows:
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
