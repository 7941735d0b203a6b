"""Images: decoded in a confined child, turned upright, stripped, and written anew as WebP."""

import hashlib
import json
import sys
from pathlib import Path

from contracts.media import Purpose
from media_worker.jobs.models import Job
from media_worker.renditions.confined import GIB, Bounds, run_confined
from media_worker.renditions.place import Place
from media_worker.renditions.result import Progress, Result
from media_worker.settings import Settings

BOUNDS = Bounds(wall_secs=30, cpu_secs=20, memory_bytes=3 * GIB, file_bytes=GIB)
REFUSAL = "The picture is damaged, or of a kind that is not taken."
WEBP = "image/webp"


async def render_image(
    job: Job, source: Path, place: Place, _settings: Settings, progress: Progress
) -> Result:
    """`full`, `card`, `thumbnail`, and `avatar` for avatars; the original goes."""
    square = "square" if job.purpose is Purpose.AVATAR else "plain"
    command = [sys.executable, "-m", "media_worker.renditions.image_child", source.name, square]
    output, _ = await run_confined(command, BOUNDS, folder=source.parent, refusal=REFUSAL)
    made = json.loads(output)
    progress.percent = 80
    renditions = [
        await place.keep_rendition(
            source.parent / one["file"],
            one["name"],
            WEBP,
            width=one["width"],
            height=one["height"],
        )
        for one in made
    ]
    full, largest = renditions[0], source.parent / made[0]["file"]
    return Result(
        key=full.key,
        content_type=WEBP,
        size_bytes=full.size_bytes,
        sha256=hashlib.sha256(largest.read_bytes()).hexdigest(),
        renditions=renditions,
        width=full.width,
        height=full.height,
    )
