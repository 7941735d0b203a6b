"""Forgetting what has served: rows of the kit's own tables that nobody can ask for again."""

from typing import Any

from sqlalchemy import text

_OLD = {
    # No broker delivers a message again after so long.
    "inbox": "handled_at < now() - interval '30 days'",
    "idempotency_keys": "claimed_at < now() - interval '24 hours'",
    # A token lives an hour at most, so none is left that these would refuse.
    "revocations": "changed_at < now() - interval '24 hours'",
}
_SWEEPS = [
    text(
        f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("  # noqa: S608  (the words stand above)
        f"SELECT ctid FROM {table} WHERE {old} LIMIT 5000))"
    )
    for table, old in _OLD.items()
]


async def sweep_kit_tables(context: Any) -> None:
    """Delete inbox rows after 30 days, idempotency keys and revocations after one, by 5 000."""
    for sweep in _SWEEPS:
        deleted = 1
        while deleted:
            async with context.sessions.begin() as session:
                deleted = (await session.execute(sweep)).rowcount
