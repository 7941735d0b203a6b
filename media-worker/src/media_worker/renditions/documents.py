"""PDF documents: counted, shown by their first page, kept as they are."""

import json
import sys
from pathlib import Path

from media_worker.jobs.models import Job
from media_worker.renditions.confined import GIB, Bounds, run_confined
from media_worker.renditions.place import Place
from media_worker.renditions.result import Progress, Result
from media_worker.settings import Settings

BOUNDS = Bounds(wall_secs=60, cpu_secs=45, memory_bytes=3 * GIB, file_bytes=GIB)
REFUSAL = "The document is damaged, locked by a password, or not a PDF."


async def render_document(
    job: Job, source: Path, place: Place, _settings: Settings, progress: Progress
) -> Result:
    """The page count and a `thumbnail` of the first page."""
    command = [sys.executable, "-m", "media_worker.renditions.document_child", source.name]
    output, _ = await run_confined(command, BOUNDS, folder=source.parent, refusal=REFUSAL)
    found = json.loads(output)
    progress.percent = 70
    thumbnail = await place.keep_rendition(
        source.parent / "thumbnail.webp",
        "thumbnail",
        "image/webp",
        width=found["width"],
        height=found["height"],
    )
    return Result(
        key=await place.keep(source, "document.pdf"),
        content_type="application/pdf",
        size_bytes=job.size_bytes,
        sha256=job.sha256,
        renditions=[thumbnail],
        page_count=found["pages"],
    )
