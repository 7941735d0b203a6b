"""The raw path of the few hot writes: rows and outbox row as one statement, committed by itself."""

from collections.abc import Mapping
from typing import Any

from psycopg import OperationalError

from contracts.event import Event
from servicekit.messaging.outbox import EngineSide, said_values
from servicekit.settings import ServiceSettings
from servicekit.web.kept import KeptCursors, Rows, is_lost


class HotWrites(KeptCursors):
    """Writes that are one statement, on connections of their own."""

    purpose = "writes"
    # The role's own time-outs count, as for every other write.
    options = "-c plan_cache_mode=force_generic_plan -c jit=off"

    def __init__(self, settings: ServiceSettings, side: EngineSide) -> None:
        super().__init__(settings)
        self._side = side

    async def write(self, statement: str, values: Mapping[str, Any], event: Event) -> Rows:
        """Run a statement with `%(name)s` parameters and the outbox's `SAID` inside; its rows.

        Whatever it does is committed when this returns, and the relay is woken. It is never tried
        again: a connection that broke in the middle does not tell whether the commit came about.
        Raises ServiceUnavailable, as for HotReads.
        """
        async with self._place():
            try:
                cursor = self._idle.pop() if self._idle else await self._fresh()
                rows = await self._run(cursor, statement, {**values, **said_values(event)})
            except OperationalError as error:
                if is_lost(error):
                    await self.close()  # the others were lost with it, more often than not
                raise
        self._side.published()
        return rows
