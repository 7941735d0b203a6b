"""The worker's loops: take a job, hold its lease, remove what nobody needs."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from media_worker.jobs import service
from media_worker.jobs.models import Job
from media_worker.jobs.queries import delete_removals, list_removals
from media_worker.renditions.make import make_renditions
from media_worker.renditions.result import Progress, Unusable
from media_worker.settings import Settings
from servicekit.storage import new_storage
from servicekit.worker import WorkerContext

log = logging.getLogger(__name__)

REMOVALS_AT_ONCE = 100


def _name(settings: Settings) -> str:
    return f"{settings.service}/{settings.instance}"


async def work_next_job(context: WorkerContext[Settings]) -> None:
    """Work on every free job, one after the other."""
    settings = context.settings
    while True:
        async with context.sessions.begin() as session:
            job = await service.claim_job(
                session,
                worker=_name(settings),
                lease_secs=settings.lease_secs,
                max_attempts=settings.max_attempts,
            )
        if job is None:
            return
        await _work(context, job)


async def _work(context: WorkerContext[Settings], job: Job) -> None:
    settings, worker = context.settings, _name(context.settings)
    progress = Progress()
    log.info("job started", extra={"job_id": job.id, "kind": job.kind, "attempt": job.attempts})
    try:
        async with _held(context, job, progress):
            result = await make_renditions(job, new_storage(settings), settings, progress)
    except asyncio.CancelledError:
        async with context.sessions.begin() as session:
            await service.give_back_job(session, job_id=job.id, worker=worker)
        log.info("job given back", extra={"job_id": job.id})
        raise
    except Unusable as unusable:
        async with context.sessions.begin() as session:
            await service.fail_job(
                session,
                job_id=job.id,
                worker=worker,
                reason=str(unusable),
                stored=progress.stored,
            )
        log.info("job failed", extra={"job_id": job.id, "reason": str(unusable)})
        return
    async with context.sessions.begin() as session:
        await service.finish_job(session, job_id=job.id, worker=worker, result=result)
    log.info("job done", extra={"job_id": job.id})


@contextlib.asynccontextmanager
async def _held(
    context: WorkerContext[Settings], job: Job, progress: Progress
) -> AsyncIterator[None]:
    """Renew the lease while the body works; stop the body when somebody else took the job."""
    body = asyncio.current_task()

    async def renew() -> None:
        held = True
        while held:
            await asyncio.sleep(context.settings.lease_secs / 4)
            try:
                async with context.sessions.begin() as session:
                    held = await service.renew_lease(
                        session,
                        job_id=job.id,
                        worker=_name(context.settings),
                        lease_secs=context.settings.lease_secs,
                        percent=progress.percent,
                    )
            except Exception:
                # A database that is away for a moment must not cost an hour of transcoding.
                log.exception("lease not renewed", extra={"job_id": job.id})
        progress.lost = True
        if body is not None:
            body.cancel()

    renewing = asyncio.create_task(renew())
    try:
        yield
    except asyncio.CancelledError:
        if not progress.lost:
            raise
        raise Unusable("The file was deleted or taken over.") from None
    finally:
        renewing.cancel()


async def remove_objects(context: WorkerContext[Settings]) -> None:
    """Remove objects whose rows are gone; an object that does not exist counts as removed."""
    storage = new_storage(context.settings)
    async with context.sessions.begin() as session:
        removals = await list_removals(session, limit=REMOVALS_AT_ONCE)
    for removal in removals:
        await storage.delete(removal.key)
    if removals:
        async with context.sessions.begin() as session:
            await delete_removals(session, [removal.id for removal in removals])
