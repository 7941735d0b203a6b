"""Videos: probed, cut into an HLS ladder in one decode, with a poster."""

import asyncio
from pathlib import Path

import m3u8

from contracts.media import HlsVariant
from media_worker.jobs.models import Job
from media_worker.renditions.confined import GIB, Bounds, run_confined
from media_worker.renditions.place import Place
from media_worker.renditions.probe import Video, probe
from media_worker.renditions.result import Progress, Result, Unusable
from media_worker.settings import Settings

LADDER = ((240, 400_000), (360, 800_000), (480, 1_400_000), (720, 2_800_000), (1080, 5_000_000))
SEGMENT_SECS = 4
REFUSAL = "The video is damaged or cut short."
SHORTEST_SHARE = 0.9
POSTER_BOUNDS = Bounds(wall_secs=120, cpu_secs=120, memory_bytes=4 * GIB, file_bytes=GIB)


async def render_video(
    job: Job, source: Path, place: Place, settings: Settings, progress: Progress
) -> Result:
    """An HLS ladder of fMP4 segments, never above the source, and a `poster`.

    Raises Unusable when the file is not a video, is damaged, or ends before it says it does.
    """
    video = await probe(source, job.content_type)
    bounds = Bounds(
        wall_secs=settings.video_timeout_secs, cpu_secs=int(settings.video_timeout_secs * 2)
    )
    watching = asyncio.create_task(_watch(source.parent, video, progress))
    try:
        await run_confined(
            _ladder_command(source, video, settings.threads),
            bounds,
            folder=source.parent,
            refusal=REFUSAL,
        )
    finally:
        watching.cancel()
    variants = [await _keep_variant(source.parent, name, place) for name in video.rungs(LADDER)]
    watched = sum(seconds for _, seconds in variants[0].segments)
    if watched < video.duration_secs * SHORTEST_SHARE:
        raise Unusable(REFUSAL)
    progress.percent = 95
    return await _result(job, source, place, video, variants)


async def _result(
    job: Job, source: Path, place: Place, video: Video, variants: list[HlsVariant]
) -> Result:
    folder = source.parent
    command = [
        "ffmpeg", "-nostdin", "-v", "error", *video.input_options, "-i", source.name,
        "-vf", "thumbnail=60,scale='min(1280,iw)':-2", "-frames:v", "1", "poster.webp",
    ]  # fmt: skip
    await run_confined(command, POSTER_BOUNDS, folder=folder, refusal=REFUSAL)
    poster = await place.keep_rendition(
        folder / "poster.webp",
        "poster",
        "image/webp",
        width=min(1280, video.width),
        height=round(min(1280, video.width) * video.height / video.width / 2) * 2,
    )
    return Result(
        key=await place.keep(source, job.filename),
        content_type=job.content_type,
        size_bytes=job.size_bytes,
        sha256=job.sha256,
        renditions=[poster],
        hls=variants,
        duration_secs=video.duration_secs,
        width=video.width,
        height=video.height,
    )


def _ladder_command(source: Path, video: Video, threads: int) -> list[str]:
    """One decode, split into every rung; key frames at the same times in all of them."""
    rungs = video.rungs(LADDER)
    outlets = "".join(f"[v{number}]" for number in range(len(rungs)))
    scales = ";".join(
        f"[v{number}]scale=-2:{height},format=yuv420p[o{number}]"
        for number, height in enumerate(rungs.values())
    )
    command = [
        "ffmpeg", "-nostdin", "-v", "error", "-xerror", "-progress", "progress.txt",
        *video.input_options, "-i", source.name,
        "-filter_complex", f"[0:v:0]split={len(rungs)}{outlets};{scales}",
        "-threads", str(threads),
    ]  # fmt: skip
    rates = dict(LADDER)
    for number, height in enumerate(rungs.values()):
        rate = rates.get(height, LADDER[0][1])
        command += [
            "-map", f"[o{number}]", f"-c:v:{number}", "libx264", f"-preset:v:{number}", "veryfast",
            f"-b:v:{number}", str(rate), f"-maxrate:v:{number}", str(rate * 107 // 100),
            f"-bufsize:v:{number}", str(rate * 2),
        ]  # fmt: skip
        if video.has_audio:
            command += ["-map", "0:a:0"]
    command += ["-force_key_frames", "expr:gte(t,n_forced*2)", "-sc_threshold", "0"]
    if video.has_audio:
        command += ["-c:a", "aac", "-b:a", "96k", "-ac", "2"]
    streams = " ".join(
        f"v:{number},a:{number},name:{name}" if video.has_audio else f"v:{number},name:{name}"
        for number, name in enumerate(rungs)
    )
    return [
        *command, "-map_metadata", "-1", "-f", "hls", "-hls_time", str(SEGMENT_SECS),
        "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4",
        "-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", "%v/s%05d.m4s",
        "-master_pl_name", "master.m3u8", "-var_stream_map", streams, "%v/index.m3u8",
    ]  # fmt: skip


async def _keep_variant(folder: Path, name: str, place: Place) -> HlsVariant:
    master = m3u8.loads((folder / "master.m3u8").read_text())
    listed = next(one for one in master.playlists if str(one.uri).startswith(f"{name}/"))
    playlist = m3u8.loads((folder / name / "index.m3u8").read_text())
    prefix = place.prefix_of(f"hls/{name}")
    init = str(playlist.segment_map[0].uri) if playlist.segment_map else None
    segments = [(str(one.uri), float(one.duration)) for one in playlist.segments]
    for file in [name for name, _ in segments] + ([init] if init else []):
        await place.keep_under(prefix, folder / name / file)
    width, height = listed.stream_info.resolution
    return HlsVariant(
        name=name,
        prefix=prefix,
        bandwidth=int(listed.stream_info.bandwidth),
        codecs=str(listed.stream_info.codecs or "avc1.64001e"),
        width=width,
        height=height,
        init=init,
        segments=segments,
    )


async def _watch(folder: Path, video: Video, progress: Progress) -> None:
    """Follow ffmpeg's own report: 5 to 90 percent is transcoding."""
    report = folder / "progress.txt"
    while True:
        await asyncio.sleep(0.5)
        if not report.exists():
            continue
        done = [line for line in report.read_text().splitlines() if line.startswith("out_time_us=")]
        micros = done[-1].partition("=")[2] if done else ""
        if micros.isdigit():
            share = min(1.0, int(micros) / 1e6 / video.duration_secs)
            progress.percent = 5 + int(share * 85)
