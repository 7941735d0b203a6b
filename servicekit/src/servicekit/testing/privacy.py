"""For tests of erasures: the news, and all that a database holds."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import MetaData, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import UserDeleted
from servicekit.clock import now
from servicekit.ids import uuid7


def deletion_of(user_id: UUID) -> UserDeleted:
    """`user.deleted`, with a tombstone of its own."""
    present = now()
    return UserDeleted(
        version=9,
        user_id=user_id,
        tombstone_id=uuid7(),
        deadline=present + timedelta(days=1),
        not_before=present,
    )


async def everything(session: AsyncSession, metadata: MetaData) -> str:
    """Every row of every table as text, but for what the relay is about to take away."""
    lines: list[str] = []
    for table in metadata.sorted_tables:
        if table.name != "outbox":
            rows = await session.execute(select(table))
            lines += [f"{table.name}: {row}" for row in rows]
    return "\n".join(lines)
