"""The desk's rows."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.dead_letters.errors import DeadLetterNotFound
from notification_service.dead_letters.models import DeadLetter, DeadLetterStatus


async def list_dead_letters(
    session: AsyncSession,
    *,
    status: DeadLetterStatus | None,
    queue: str | None,
    before: UUID | None,
    limit: int,
) -> Sequence[DeadLetter]:
    """Newest first, by status and queue if given."""
    found = select(DeadLetter)
    if status is not None:
        found = found.where(DeadLetter.status == status)
    if queue is not None:
        found = found.where(DeadLetter.queue == queue)
    if before is not None:
        found = found.where(DeadLetter.id < before)
    return (await session.scalars(found.order_by(DeadLetter.id.desc()).limit(limit))).all()


async def lock_dead_letter(session: AsyncSession, dead_letter_id: UUID) -> DeadLetter:
    """One letter, locked. Raises DeadLetterNotFound."""
    found = select(DeadLetter).where(DeadLetter.id == dead_letter_id).with_for_update()
    letter = await session.scalar(found)
    if letter is None:
        raise DeadLetterNotFound
    return letter


async def lock_replayable(
    session: AsyncSession, *, queue: str | None, event_type: str | None, limit: int
) -> Sequence[DeadLetter]:
    """The oldest waiting letters that have a queue to go back to, locked."""
    waiting = select(DeadLetter).where(
        DeadLetter.status == DeadLetterStatus.WAITING, DeadLetter.queue.is_not(None)
    )
    if queue is not None:
        waiting = waiting.where(DeadLetter.queue == queue)
    if event_type is not None:
        waiting = waiting.where(DeadLetter.event_type == event_type)
    locked = waiting.order_by(DeadLetter.id).limit(limit).with_for_update(skip_locked=True)
    return (await session.scalars(locked)).all()
