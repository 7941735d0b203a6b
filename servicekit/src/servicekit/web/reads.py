"""The raw path of the few hot reads: one statement on a kept connection, no ORM, no transaction."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from psycopg import OperationalError

from servicekit.web.kept import KeptCursors, Rows, is_lost


class HotReads(KeptCursors):
    """Reads that are one statement; each sees what is committed when it starts."""

    purpose = "reads"
    # A plan for every caller's values alike: planning a feed costs more than running it.
    options = "-c plan_cache_mode=force_generic_plan -c jit=off -c statement_timeout=5s"

    async def rows(self, statement: str, values: Mapping[str, Any]) -> Rows:
        """All rows of a SELECT with `%(name)s` parameters; the page size stands in it as a literal.

        Raises ServiceUnavailable while the database is away, or when no connection gets free within
        a second.
        """
        async with self._place():
            while self._idle:
                try:
                    return await self._run(self._idle.pop(), statement, values)
                except OperationalError as error:
                    if not is_lost(error):
                        raise
            return await self._run(await self._fresh(), statement, values)


async def _reads(request: Request) -> HotReads:
    found: HotReads = request.app.state.reads
    return found


Reads = Annotated[HotReads, Depends(_reads)]
"""For the hot reads alone, which performance.md names; it sees what is committed."""
