"""SQL for signing keys."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.keys.models import SigningKey

STAYS_AFTER_ROTATION = timedelta(hours=1)
_LOCK = text("SELECT pg_advisory_xact_lock(7702, hashtext('signing_keys'))")


async def lock_signing_keys(session: AsyncSession) -> None:
    """Nobody else makes a key until this transaction ends."""
    await session.execute(_LOCK)


async def list_published_keys(session: AsyncSession, *, at: datetime) -> Sequence[SigningKey]:
    """Newest first: the successor, the one that signs, and those whose tokens may still live."""
    rows = await session.scalars(select(SigningKey).order_by(SigningKey.signs_from.desc()))
    published: list[SigningKey] = []
    for key in rows:
        if published and published[-1].signs_from + STAYS_AFTER_ROTATION <= at:
            break
        published.append(key)
    return published
