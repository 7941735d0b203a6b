"""Looking again at who was erased: something may have been under way at that moment."""

from typing import Any

from sqlalchemy import text

from servicekit.privacy import LOOK_AGAIN_SECS, Erased, Register, let_go_of
from servicekit.worker import Schedule, WorkerContext, every

_TAKE = text("""
    UPDATE tombstones SET looks = looks + 1, look_again_at =
           erased_at + make_interval(secs => (CAST(:secs AS float[]))[looks + 2])
     WHERE user_id = (SELECT user_id FROM tombstones WHERE look_again_at <= now()
                       ORDER BY look_again_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING user_id, tombstone_id
""")


def looking_again(register: Register) -> Schedule:
    """The schedule that lets go of what was written while the erasure was under way."""

    async def look_again(context: WorkerContext[Any]) -> None:
        found = True
        while found:
            async with context.sessions.begin() as session:
                rows = await session.execute(_TAKE, {"secs": list(LOOK_AGAIN_SECS)})
                row = rows.one_or_none()
                found = row is not None
                if row is not None:
                    await let_go_of(session, register, Erased(*row))

    return every(5, look_again)
