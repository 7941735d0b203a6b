"""What waits for another try, in the consumer's own database: counted before it is made."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.messaging.envelope import Envelope
from servicekit.messaging.errors import Permanent, TooEarly, database_is_away, describe
from servicekit.messaging.inbox import EARLY_EVERY, Inbox, Sessions

LOOK_EVERY = 1.0

# With order `aggregate` only the oldest row of an aggregate is due. The attempt is committed before
# it is made, so that a row which kills its process gives up too; `due` becomes the next one's time.
_TAKE = text("""
    UPDATE deferred SET attempt = attempt + 1, due = now() + make_interval(secs =>
               (CAST(:delays AS float[]))[least(attempt + 1, :delay_count)])
     WHERE id = (
        SELECT id FROM deferred d
         WHERE due <= now() AND handler = ANY(:handlers)
           AND (handler <> ALL(:ordered) OR NOT EXISTS (
                SELECT FROM deferred e
                 WHERE e.handler = d.handler AND e.aggregate = d.aggregate AND e.id < d.id))
         ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, handler, body, headers, attempt, since
""")
_CLEAR = text("DELETE FROM deferred WHERE id = :id AND attempt = :attempt RETURNING id")
_FAILED = text(
    "UPDATE deferred SET early = false, error = :error WHERE id = :id AND attempt = :attempt"
)
_EARLY = text("""
    UPDATE deferred SET early = true, error = :error, attempt = attempt - 1,
           due = now() + make_interval(
               secs => CASE WHEN now() - since < interval '10 minutes' THEN :soon ELSE 60 END)
     WHERE id = :id AND attempt = :attempt
""")
_GIVE_BACK = text("""
    UPDATE deferred SET attempt = attempt - 1, due = now() WHERE id = :id AND attempt = :attempt
""")
_RETRY = text("UPDATE deferred SET due = now() WHERE handler = :handler")

log = logging.getLogger(__name__)


async def retry(session: AsyncSession, *, handler: str) -> int:
    """Set every waiting row of `handler` due now. Returns how many."""
    result: Any = await session.execute(_RETRY, {"handler": handler})
    return int(result.rowcount)


class Deferred:
    """Tries the due rows of all handlers of this process again, one at a time."""

    def __init__(
        self, inboxes: Mapping[str, Inbox], sessions: Sessions, delays: Sequence[float]
    ) -> None:
        self._inboxes = inboxes
        self._sessions = sessions
        self._delays = [float(delay) for delay in delays] or [0.0]
        self._tries = 1 + len(delays)
        self._owed: list[Row[Any]] = []

    async def run(self) -> None:
        """Look for due rows once a second, until cancelled."""
        while True:
            try:
                while await self.try_one():
                    pass
            except Exception as error:
                if not database_is_away(error):
                    log.exception("deferred rows could not be tried")
            await asyncio.sleep(LOOK_EVERY)

    async def try_one(self) -> bool:
        """Try the row that is longest due. Returns False if there is none."""
        while self._owed:  # attempts that the database's absence spoiled do not count
            await self._write(_GIVE_BACK, self._owed[-1])
            self._owed.pop()
        ordered = [name for name, inbox in self._inboxes.items() if inbox.queue.ordered]
        async with self._sessions.begin() as session:
            found = await session.execute(
                _TAKE,
                {
                    "delays": self._delays,
                    "delay_count": len(self._delays),
                    "handlers": list(self._inboxes),
                    "ordered": ordered,
                },
            )
            row = found.one_or_none()
        if row is None:
            return False
        await self._try(row)
        return True

    async def _try(self, row: Row[Any]) -> None:
        inbox = self._inboxes[row.handler]
        envelope = Envelope.read(row.headers, bytes(row.body))
        if row.attempt > self._tries:
            await self._give_up(row, envelope, "the process died in the last attempt")
            return
        try:
            await self._handle(row, envelope)
        except TooEarly as error:
            await self._write(_EARLY, row, error=describe(error), soon=EARLY_EVERY)
        except Exception as error:
            if database_is_away(error):
                self._owed.append(row)
                raise
            log.warning("deferred message failed", exc_info=error, extra={"handler": row.handler})
            if isinstance(error, Permanent) or row.attempt >= self._tries:
                await self._give_up(row, envelope, describe(error))
            else:
                await self._write(_FAILED, row, error=describe(error))
        else:
            log.info("deferred message handled", extra={"handler": inbox.queue.name})

    async def _handle(self, row: Row[Any], envelope: Envelope) -> None:
        inbox = self._inboxes[row.handler]
        event = envelope.parse(inbox.queue.events)
        async with self._sessions.begin() as session:
            if await self._clear(session, row):
                await inbox.run(session, [(envelope, event)])

    async def _give_up(self, row: Row[Any], envelope: Envelope, cause: str) -> None:
        async with self._sessions.begin() as session:
            if await self._clear(session, row):
                await self._inboxes[row.handler].give_up(session, envelope, cause)

    async def _clear(self, session: AsyncSession, row: Row[Any]) -> bool:
        cleared = await session.execute(_CLEAR, {"id": row.id, "attempt": row.attempt})
        return cleared.one_or_none() is not None

    async def _write(self, statement: Any, row: Row[Any], **values: Any) -> None:
        async with self._sessions.begin() as session:
            await session.execute(statement, {"id": row.id, "attempt": row.attempt, **values})
