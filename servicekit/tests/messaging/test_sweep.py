"""The kit's own tables do not grow for ever."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging.sweep import sweep_kit_tables

INSERTS = {
    "inbox": "INSERT INTO inbox (handler, event_id, handled_at) VALUES ('h', :id, {at})",
    "idempotency_keys": (
        "INSERT INTO idempotency_keys (caller_id, route, key, body_sha256, claimed_at) "
        "VALUES (:id, 'r', 'k', '', {at})"
    ),
    "revocations": (
        "INSERT INTO revocations (user_id, sid, not_before, changed_at) "
        "VALUES (:id, :id, now(), {at})"
    ),
}


class Context:
    """As much of a worker as a sweep needs."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions


async def rows(session: AsyncSession) -> dict[str, Any]:
    counts = {name: text(f"SELECT count(*) FROM {name}") for name in INSERTS}  # noqa: S608  (ours)
    return {name: await session.scalar(count) for name, count in counts.items()}


async def test_what_has_served_is_forgotten_and_what_may_still_serve_stays(
    session: AsyncSession, sessions: Sessions
) -> None:
    for insert in INSERTS.values():
        for at in ("now() - interval '31 days'", "now() - interval '23 hours'"):
            await session.execute(text(insert.format(at=at)), {"id": uuid7()})
    await session.commit()

    await sweep_kit_tables(Context(sessions))

    assert await rows(session) == {"inbox": 1, "idempotency_keys": 1, "revocations": 1}
