"""From a quarantined upload to stored renditions."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from contracts.media import MediaKind, Purpose
from media_worker.jobs.models import Job
from media_worker.renditions.confined import workspace
from media_worker.renditions.documents import render_document
from media_worker.renditions.images import render_image
from media_worker.renditions.place import Place, sha256_of
from media_worker.renditions.result import Progress, Result, Unusable
from media_worker.renditions.videos import render_video
from media_worker.settings import Settings
from servicekit.storage import ObjectNotFound, Storage

Maker = Callable[[Job, Path, Place, Settings, Progress], Awaitable[Result]]
PUBLIC_PURPOSES = frozenset({Purpose.AVATAR, Purpose.BANNER, Purpose.LOGO, Purpose.POST})


async def make_renditions(
    job: Job, storage: Storage, settings: Settings, progress: Progress
) -> Result:
    """Everything that an asset of this kind has. Raises Unusable with a sentence for the owner.

    Keys are made of the content's hash: doing it again writes the same objects.
    """
    makers: dict[MediaKind, Maker] = {
        MediaKind.IMAGE: render_image,
        MediaKind.VIDEO: render_video,
        MediaKind.PDF: render_document,
    }
    async with workspace() as folder:
        source = folder / "source"
        try:
            await storage.fetch_to(job.key, source)
        except ObjectNotFound:
            raise Unusable("The uploaded file is no longer there.") from None
        if await sha256_of(source) != job.sha256:
            raise Unusable("The uploaded file changed after it was confirmed.")
        is_public = job.purpose in PUBLIC_PURPOSES
        place = Place(storage, job.asset_id, is_public=is_public, stored=progress.stored)
        progress.percent = 5
        return await makers.get(job.kind, _keep)(job, source, place, settings, progress)


async def _keep(job: Job, source: Path, place: Place, _: Settings, __: Progress) -> Result:
    key = await place.keep(source, job.filename)
    return Result(key, job.content_type, job.size_bytes, job.sha256)
