"""What a video file says of itself, asked of ffprobe without letting it open anything else."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from media_worker.renditions.confined import GIB, Bounds, run_confined
from media_worker.renditions.result import Unusable

BOUNDS = Bounds(wall_secs=60, cpu_secs=30, memory_bytes=2 * GIB, file_bytes=GIB)
# The demuxer follows from the checked type: a playlist named .mp4 finds no demuxer that reads it.
DEMUXERS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/x-m4v": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
}
LONGEST_SECS = 6 * 3600
LARGEST_SIDE = 8192
REFUSAL = "The file is not a video that can be read, or it is cut short."


@dataclass(frozen=True, slots=True)
class Video:
    """A readable video: its upright size in pixels and its length in seconds."""

    width: int
    height: int
    duration_secs: float
    has_audio: bool
    input_options: tuple[str, ...]

    def rungs(self, ladder: Sequence[tuple[int, int]]) -> dict[str, int]:
        """Names and heights of the ladder, none above the source; always at least one."""
        heights = [height for height, _ in ladder if height <= self.height]
        return {f"{height}p": height for height in heights or [self.height // 2 * 2]}


async def probe(source: Path, content_type: str) -> Video:
    """Raises Unusable for what is no video, has no length, or is too long or too large."""
    demuxer = DEMUXERS.get(content_type)
    if demuxer is None:
        raise Unusable("Videos of this type are not taken.")
    options = ("-f", demuxer, "-protocol_whitelist", "file")
    asked = "stream=codec_type,width,height:stream_side_data=rotation:format=duration"
    command = ["ffprobe", "-v", "error", *options, "-show_entries", asked, "-of", "json"]
    output, _ = await run_confined(
        [*command, source.name], BOUNDS, folder=source.parent, refusal=REFUSAL
    )
    found = json.loads(output)
    streams = found.get("streams", [])
    picture = next((one for one in streams if one.get("codec_type") == "video"), None)
    duration = float(found.get("format", {}).get("duration") or 0)
    if picture is None or duration <= 0 or not picture.get("width"):
        raise Unusable(REFUSAL)
    width, height = _upright(picture)
    if duration > LONGEST_SECS or max(width, height) > LARGEST_SIDE:
        raise Unusable("The video is longer or larger than what is taken.")
    has_audio = any(one.get("codec_type") == "audio" for one in streams)
    return Video(width, height, duration, has_audio, options)


def _upright(picture: dict[str, object]) -> tuple[int, int]:
    width, height = int(str(picture["width"])), int(str(picture["height"]))
    side_data = picture.get("side_data_list")
    turns = [one.get("rotation", 0) for one in side_data] if isinstance(side_data, list) else []
    return (height, width) if any(int(turn) % 180 for turn in turns) else (width, height)
