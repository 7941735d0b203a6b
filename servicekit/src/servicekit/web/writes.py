"""The raw path of the few hot writes: rows and outbox row as one statement, committed by itself."""

from collections.abc import Mapping
from typing import Any

import orjson
from psycopg import OperationalError
from sqlalchemy.orm import DeclarativeBase

from contracts.event import Event
from servicekit.messaging.outbox import EngineSide, said_values
from servicekit.problems import ServiceUnavailable
from servicekit.settings import ServiceSettings
from servicekit.web.kept import KeptCursors, Rows, is_lost

# The role's own time-outs count, as for every other write.
_OPTIONS = "-c plan_cache_mode=force_generic_plan -c jit=off"


class HotWrites:
    """Writes that are one statement, on connections of their own."""

    def __init__(self, settings: ServiceSettings, side: EngineSide) -> None:
        self._cursors = KeptCursors(settings, purpose="writes", options=_OPTIONS)
        self._side = side

    async def write(self, statement: str, values: Mapping[str, Any], event: Event) -> Rows:
        """Run a statement with `%(name)s` parameters and the outbox's `SAID` inside; its rows.

        Whatever it does is committed when this returns, and the relay is woken. It is never tried
        again: a connection that broke in the middle does not tell whether the commit came about.
        Raises ServiceUnavailable, as for HotReads.
        """
        kept, values = self._cursors, {**values, **said_values(event)}
        async with kept.place():
            try:
                rows = await kept.run(kept.idle() or await kept.fresh(), statement, values)
            except OperationalError as error:
                if is_lost(error):
                    await kept.close()  # the others were lost with it, more often than not
                raise ServiceUnavailable("The database does not answer") from error
        self._side.published()
        return rows

    async def close(self) -> None:
        """Close what is idle."""
        await self._cursors.close()


def row_as_json(row: DeclarativeBase) -> str:
    """The columns of a model that no session knows, for `jsonb_populate_record`.

    Names and types of a whole row are PostgreSQL's to match, and one value is cheaper than thirty.
    """
    columns = row.__table__.columns
    return orjson.dumps({column.name: getattr(row, column.name) for column in columns}).decode()
