"""Forgetting what no broker can deliver again."""

from typing import Any

from sqlalchemy import text

KEPT_DAYS = 30

_SWEEP = text("""
    DELETE FROM inbox WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM inbox WHERE handled_at < now() - make_interval(days => :days) LIMIT 5000))
""")


async def sweep_inbox(context: Any) -> None:
    """Delete inbox rows older than 30 days, in small transactions."""
    while True:
        async with context.sessions.begin() as session:
            result = await session.execute(_SWEEP, {"days": KEPT_DAYS})
        if result.rowcount == 0:
            return
