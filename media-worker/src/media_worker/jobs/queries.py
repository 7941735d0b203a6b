"""Which jobs wait, and which are held."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from media_worker.jobs.models import Job, JobStatus, Removal
from servicekit.ids import uuid7


async def find_free_job(session: AsyncSession, *, worker: str, at: datetime) -> Job | None:
    """The oldest job that waits, whose lease ran out, or that this very worker held before it died.

    The row is locked; rows that others look at are passed over.
    """
    left_behind = or_(Job.leased_until < at, Job.leased_by == worker)
    free = or_(Job.status == JobStatus.QUEUED, and_(Job.status == JobStatus.WORKING, left_behind))
    return await session.scalar(
        select(Job).where(free).order_by(Job.id).limit(1).with_for_update(skip_locked=True)
    )


async def lock_job(session: AsyncSession, job_id: UUID) -> Job:
    """The job, locked. Raises NoResultFound."""
    found = await session.scalars(select(Job).where(Job.id == job_id).with_for_update())
    return found.one()


async def find_job_of(session: AsyncSession, asset_id: UUID) -> Job | None:
    """The job of an asset, locked, or None."""
    return await session.scalar(select(Job).where(Job.asset_id == asset_id).with_for_update())


async def queue_removals(session: AsyncSession, keys: Sequence[str]) -> None:
    """Let these objects be removed. Repeating it changes nothing."""
    if keys:
        rows = [{"id": uuid7(), "key": key} for key in keys]
        await session.execute(insert(Removal).values(rows).on_conflict_do_nothing())


async def list_removals(session: AsyncSession, *, limit: int) -> Sequence[Removal]:
    """The oldest objects to remove."""
    return (await session.scalars(select(Removal).order_by(Removal.id).limit(limit))).all()


async def delete_removals(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Forget objects that are gone."""
    await session.execute(delete(Removal).where(Removal.id.in_(ids)))
