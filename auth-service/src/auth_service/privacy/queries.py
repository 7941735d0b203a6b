"""SQL for erasures."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.privacy.models import Erasure, ErasureAnswer
from auth_service.sessions.models import AuthSession
from contracts.privacy import ErasureCompleted


async def has_signed_in_since(session: AsyncSession, *, sid: UUID, since: datetime) -> bool:
    """Whether this session began, by whatever proof, after `since`."""
    began = await session.scalar(select(AuthSession.started_at).where(AuthSession.id == sid))
    return began is not None and began > since


async def find_erasure(session: AsyncSession, user_id: UUID) -> Erasure | None:
    """The erasure of this person, if they are no more."""
    return await session.scalar(select(Erasure).where(Erasure.user_id == user_id))


async def lock_erasure(session: AsyncSession, erasure_id: UUID) -> Erasure | None:
    """One erasure, locked."""
    return await session.get(Erasure, erasure_id, with_for_update=True)


async def add_answer(session: AsyncSession, answer: ErasureCompleted) -> None:
    """Write a service's answer down, the first one."""
    row = insert(ErasureAnswer).values(
        erasure_id=answer.erasure_id,
        service=answer.service,
        counts=answer.counts,
        answered_at=answer.happened_at,
    )
    await session.execute(row.on_conflict_do_nothing())


async def list_answers(session: AsyncSession, erasure_id: UUID) -> set[str]:
    """The services that have answered."""
    answered = select(ErasureAnswer.service).where(ErasureAnswer.erasure_id == erasure_id)
    return set(await session.scalars(answered))


async def list_open(
    session: AsyncSession, *, requested_before: datetime, limit: int
) -> Sequence[Erasure]:
    """Older erasures that somebody has not answered, locked; those that others hold are left."""
    waiting = (
        select(Erasure)
        .where(Erasure.completed_at.is_(None), Erasure.requested_at < requested_before)
        .order_by(Erasure.requested_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(waiting)).all()
