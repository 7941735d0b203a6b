"""Tokens that died before their time: written by the worker, known to every API process at once."""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.problems import TokenStale

log = logging.getLogger(__name__)

EVERY_SESSION = UUID(int=0)
TOPIC = "access.revoked"
POLL_SECS = 1.0
KEPT = timedelta(hours=1)
OVERLAP = timedelta(seconds=10)
_OLDEST = text("SELECT coalesce(min(xact_start), now()) FROM pg_stat_get_activity(NULL)")


async def revoke(
    session: AsyncSession, *, user_id: UUID, sid: UUID | None, not_before: datetime
) -> None:
    """Refuse this person's tokens (of one session, or of all) made before `not_before`.

    Repeating it, or an older `not_before`, changes nothing.
    """
    await session.execute(
        text(
            "INSERT INTO revocations (user_id, sid, not_before, changed_at) "
            "VALUES (:user_id, :sid, :not_before, clock_timestamp()) "
            "ON CONFLICT (user_id, sid) DO UPDATE SET not_before = excluded.not_before, "
            "changed_at = clock_timestamp() WHERE revocations.not_before < excluded.not_before"
        ),
        {"user_id": user_id, "sid": sid or EVERY_SESSION, "not_before": not_before},
    )


class Revocations:
    """The revocations of the last hour in memory, read again every second and on a nudge."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._not_before: dict[tuple[UUID, UUID], datetime] = {}
        self._nudge = asyncio.Event()
        self._since = now() - KEPT
        self._stopped = False

    def check(self, principal: Principal) -> None:
        """Raises TokenStale when the token was made before its person lost a right."""
        if not self._not_before:
            return
        for sid in (EVERY_SESSION, principal.sid):
            not_before = self._not_before.get((principal.user_id, sid))
            if not_before is not None and principal.issued_at < not_before:
                raise TokenStale

    def stop(self) -> None:
        """Let `keep_fresh` end after the reading that is under way."""
        self._stopped = True
        self._nudge.set()

    def nudge(self) -> None:
        """Read again now: something has changed."""
        self._nudge.set()

    async def read(self) -> None:
        """Take in what changed since the last reading, however long its transaction took."""
        async with self._engine.connect() as connection:
            # First: whose rows the next statement does not see yet is running now, or begins later.
            unseen_since = await connection.scalar(_OLDEST)
            rows = await connection.execute(
                text("SELECT user_id, sid, not_before FROM revocations WHERE changed_at > :since"),
                {"since": self._since - OVERLAP},
            )
            for user_id, sid, not_before in rows:
                self._not_before[user_id, sid] = not_before
        self._since = unseen_since
        if len(self._not_before) > 1000:
            oldest = now() - KEPT
            self._not_before = {who: at for who, at in self._not_before.items() if at > oldest}

    async def keep_fresh(self) -> None:
        """Read every second and on each nudge, through failures too, until `stop`."""
        while not self._stopped:
            try:
                await self.read()
            except (SQLAlchemyError, OSError):
                log.warning("revocations could not be read")
            if not self._stopped:
                self._nudge.clear()
            # Not wait_for: before Python 3.12 it may swallow the cancellation of a shutdown.
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECS):
                    await self._nudge.wait()
