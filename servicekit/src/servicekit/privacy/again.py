"""Looking again at who was erased: something may have been under way at that moment."""

import logging
from typing import Any

from sqlalchemy import text

from servicekit.privacy import LOOK_AGAIN_SECS, Erased, Register, let_go_of
from servicekit.worker import Schedule, WorkerContext, every

RETRY_SECS = 600

# A look that fails is tried again later, and keeps none of the others waiting.
_TAKE = text("""
    UPDATE tombstones SET look_again_at = now() + make_interval(secs => :secs)
     WHERE user_id = (SELECT user_id FROM tombstones WHERE look_again_at <= now()
                       ORDER BY look_again_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING user_id, tombstone_id
""")
_LOOKED = text("""
    UPDATE tombstones SET looks = looks + 1, look_again_at =
           erased_at + make_interval(secs => (CAST(:secs AS float[]))[looks + 2])
     WHERE user_id = :user_id
""")

log = logging.getLogger(__name__)


def looking_again(register: Register) -> Schedule:
    """The schedule that lets go of what was written while the erasure was under way."""

    async def look_again(context: WorkerContext[Any]) -> None:
        while True:
            async with context.sessions.begin() as session:
                row = (await session.execute(_TAKE, {"secs": RETRY_SECS})).one_or_none()
            if row is None:
                return
            who = Erased(*row)
            try:
                async with context.sessions.begin() as session:
                    await let_go_of(session, register, who)
                    looked = {"secs": list(LOOK_AGAIN_SECS), "user_id": who.user_id}
                    await session.execute(_LOOKED, looked)
            except Exception:
                log.exception("a later look failed", extra={"tombstone_id": str(who.tombstone_id)})

    return every(5, look_again)
