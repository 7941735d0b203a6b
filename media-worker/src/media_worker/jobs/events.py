"""Jobs as events."""

from contracts.media import MediaFailed, MediaProcessed, MediaProgressed
from media_worker.jobs.models import Job
from media_worker.renditions.result import Result


def progress_of(job: Job) -> MediaProgressed:
    """How far the work is."""
    return MediaProgressed(
        version=job.version,
        media_job_id=job.id,
        asset_id=job.asset_id,
        owner_id=job.owner_id,
        purpose=job.purpose,
        percent=job.percent,
    )


def failure_of(job: Job) -> MediaFailed:
    """Why the asset cannot be used."""
    return MediaFailed(
        version=job.version,
        media_job_id=job.id,
        asset_id=job.asset_id,
        owner_id=job.owner_id,
        purpose=job.purpose,
        reason=job.reason or "The file could not be processed.",
    )


def success_of(job: Job, result: Result) -> MediaProcessed:
    """What was made of the asset."""
    return MediaProcessed(
        version=job.version,
        media_job_id=job.id,
        asset_id=job.asset_id,
        owner_id=job.owner_id,
        purpose=job.purpose,
        kind=job.kind,
        key=result.key,
        content_type=result.content_type,
        size_bytes=result.size_bytes,
        sha256=result.sha256,
        filename=job.filename,
        renditions=result.renditions,
        hls=result.hls,
        duration_secs=result.duration_secs,
        page_count=result.page_count,
        width=result.width,
        height=result.height,
    )
