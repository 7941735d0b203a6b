"""What arrives: uploads to work on, assets to forget."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.media import MediaDeleted, MediaUploaded
from media_worker.jobs import service
from servicekit.privacy import without_erased


async def queue_asset(session: AsyncSession, uploaded: MediaUploaded) -> None:
    """Every upload is a job, to be claimed by a lease: transcoding outlives any message."""
    if not await without_erased(session, [uploaded]):
        return
    await service.queue_job(session, uploaded)


async def forget_asset(session: AsyncSession, deleted: MediaDeleted) -> None:
    """A deleted asset's work ends, and its objects go."""
    await service.forget_asset(session, deleted)
