"""The raw path of the few hot reads: one statement on a kept connection, no ORM, no transaction."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from psycopg import OperationalError

from servicekit.problems import ServiceUnavailable
from servicekit.settings import ServiceSettings
from servicekit.web.kept import KeptCursors, Rows, is_lost

# A plan for every caller's values alike: planning a feed costs more than running it.
_OPTIONS = "-c plan_cache_mode=force_generic_plan -c jit=off -c statement_timeout=5s"


class HotReads:
    """Reads that are one statement; each sees what is committed when it starts."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._cursors = KeptCursors(settings, purpose="reads", options=_OPTIONS)

    async def rows(self, statement: str, values: Mapping[str, Any]) -> Rows:
        """All rows of a SELECT with `%(name)s` parameters; the page size stands in it as a literal.

        Raises ServiceUnavailable while the database is away, or when no connection gets free within
        a second.
        """
        kept = self._cursors
        async with kept.place():
            while (cursor := kept.idle()) is not None:
                try:
                    return await kept.run(cursor, statement, values)
                except OperationalError as error:
                    if not is_lost(error):
                        raise ServiceUnavailable("The database does not answer") from error
            try:
                return await kept.run(await kept.fresh(), statement, values)
            except OperationalError as error:
                raise ServiceUnavailable("The database does not answer") from error

    async def close(self) -> None:
        """Close what is idle."""
        await self._cursors.close()


async def _reads(request: Request) -> HotReads:
    found: HotReads = request.app.state.reads
    return found


Reads = Annotated[HotReads, Depends(_reads)]
"""For the hot reads alone, which performance.md names; it sees what is committed."""
