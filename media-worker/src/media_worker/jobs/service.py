"""The life of a job: queued, claimed, advanced, finished or failed."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.media import MediaDeleted, MediaKind, MediaUploaded
from media_worker.jobs.events import failure_of, progress_of, success_of
from media_worker.jobs.models import Job, JobStatus
from media_worker.jobs.queries import find_free_job, find_job_of, lock_job, queue_removals
from media_worker.renditions.result import Result
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging import publish

_NOTHING = {
    "kind": MediaKind.OTHER,
    "key": "",
    "content_type": "",
    "filename": "",
    "size_bytes": 0,
    "sha256": "",
}
WORN_OUT = "The file could not be processed, although it was tried several times."


async def queue_job(session: AsyncSession, uploaded: MediaUploaded) -> None:
    """Queue the work on an upload. The same asset again changes nothing."""
    fields = uploaded.model_dump(exclude={"version"})
    row = insert(Job).values(
        id=uuid7(), status=JobStatus.QUEUED, percent=0, version=0, attempts=0, **fields
    )
    await session.execute(row.on_conflict_do_nothing(index_elements=[Job.asset_id]))


async def forget_asset(session: AsyncSession, deleted: MediaDeleted) -> None:
    """End the work on an asset, whatever its state, and let its objects be removed.

    The asset's row stays, or is made, so that an upload which is heard of later is no work.
    """
    gone = insert(Job).values(
        id=uuid7(),
        **deleted.model_dump(include={"asset_id", "owner_id", "purpose"}),
        **_NOTHING,
        status=JobStatus.CANCELLED,
    )
    await session.execute(gone.on_conflict_do_nothing(index_elements=[Job.asset_id]))
    job = await find_job_of(session, deleted.asset_id)
    if job is not None and job.status in {JobStatus.QUEUED, JobStatus.WORKING}:
        job.end(JobStatus.CANCELLED)
    await queue_removals(session, deleted.keys)


async def claim_job(
    session: AsyncSession, *, worker: str, lease_secs: float, max_attempts: int
) -> Job | None:
    """The next free job, held for `lease_secs`, or None. One that killed its workers fails."""
    job = await find_free_job(session, worker=worker, at=now())
    if job is None:
        return None
    if job.attempts >= max_attempts:
        await _fail(session, job, WORN_OUT)
        return None
    job.begin(worker=worker, until=now() + timedelta(seconds=lease_secs))
    return job


async def renew_lease(
    session: AsyncSession, *, job_id: UUID, worker: str, lease_secs: float, percent: int
) -> bool:
    """Hold the job for longer and tell how far it is. False when it is no longer this worker's."""
    job = await lock_job(session, job_id)
    if not job.is_held_by(worker):
        return False
    job.leased_until = now() + timedelta(seconds=lease_secs)
    if job.advance(percent):
        publish(session, progress_of(job))
    return True


async def give_back_job(session: AsyncSession, *, job_id: UUID, worker: str) -> None:
    """A worker that is told to stop leaves its job to the next; the attempt does not count."""
    job = await lock_job(session, job_id)
    if job.is_held_by(worker):
        job.give_back()


async def finish_job(session: AsyncSession, *, job_id: UUID, worker: str, result: Result) -> bool:
    """Announce the renditions and drop the quarantined upload.

    Returns False, and lets the new objects be removed, when the job is no longer this worker's.
    """
    job = await lock_job(session, job_id)
    if not job.is_held_by(worker):
        if job.status is JobStatus.CANCELLED:
            await queue_removals(session, result.keys())
        return False
    job.percent = 100
    job.end(JobStatus.DONE)
    publish(session, success_of(job, result))
    await queue_removals(session, [job.key])
    return True


async def fail_job(
    session: AsyncSession, *, job_id: UUID, worker: str, reason: str, stored: Sequence[str]
) -> None:
    """Close the job with a sentence for the owner; what was stored so far goes.

    When another worker has taken over, what was stored is that worker's.
    """
    job = await lock_job(session, job_id)
    if job.is_held_by(worker):
        await _fail(session, job, reason)
        await queue_removals(session, stored)
    elif job.status is JobStatus.CANCELLED:
        await queue_removals(session, stored)


async def _fail(session: AsyncSession, job: Job, reason: str) -> None:
    """The owner is told, and the quarantined upload goes."""
    job.end(JobStatus.FAILED, reason=reason)
    publish(session, failure_of(job))
    await queue_removals(session, [job.key])
