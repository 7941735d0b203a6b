"""The raw path of the few hot reads: one statement on a kept connection, no ORM, no transaction."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, Request
from psycopg import AsyncCursor, OperationalError
from psycopg.rows import TupleRow

from servicekit.connections import connect
from servicekit.messaging.wake import plain_url
from servicekit.problems import ServiceUnavailable
from servicekit.settings import ServiceSettings

KEPT = 4
WAIT_SECS = 1.0
# A plan for every caller's values alike: planning a feed costs more than running it.
_OPTIONS = "-c plan_cache_mode=force_generic_plan -c jit=off -c statement_timeout=5s"

Rows = list[TupleRow]
Cursor = AsyncCursor[TupleRow]


class HotReads:
    """Up to four autocommit connections, each with a binary cursor whose statements are prepared.

    A cursor that failed, or whose caller went away in the middle, is closed and never used again.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self._url = plain_url(settings)
        self._name = f"{settings.service}/{settings.instance} reads"
        self._idle: list[Cursor] = []
        self._free = asyncio.Semaphore(KEPT)

    async def rows(self, statement: str, values: Mapping[str, Any]) -> Rows:
        """All rows of a SELECT with `%(name)s` parameters; the page size stands in it as a literal.

        Raises ServiceUnavailable while the database is away, or when no connection gets free within
        a second.
        """
        async with self._slot():
            while self._idle:
                try:
                    return await self._ask(self._idle.pop(), statement, values)
                except OperationalError as error:
                    if not _is_lost(error):
                        raise ServiceUnavailable("The database does not answer") from error
            try:
                return await self._ask(await self._connect(), statement, values)
            except OperationalError as error:
                raise ServiceUnavailable("The database does not answer") from error

    async def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            await self._idle.pop().connection.close()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(WAIT_SECS):
                await self._free.acquire()
        except TimeoutError:
            raise ServiceUnavailable("Too much is going on at once") from None
        try:
            yield
        finally:
            self._free.release()

    async def _ask(self, cursor: Cursor, statement: str, values: Mapping[str, Any]) -> Rows:
        try:
            await cursor.execute(statement.encode(), values, prepare=True)
            found = await cursor.fetchall()
        except BaseException:
            await cursor.connection.close()
            raise
        self._idle.append(cursor)
        return found

    async def _connect(self) -> Cursor:
        connection = await connect(
            self._url,
            application_name=self._name,
            options=_OPTIONS,
        )
        return connection.cursor(binary=True)


def _is_lost(error: OperationalError) -> bool:
    """Whether the connection was gone already: no SQLSTATE, or the server's farewell (57P)."""
    return error.sqlstate is None or error.sqlstate.startswith("57P")


async def _reads(request: Request) -> HotReads:
    found: HotReads = request.app.state.reads
    return found


Reads = Annotated[HotReads, Depends(_reads)]
"""For the hot reads alone, which performance.md names; it sees what is committed."""
