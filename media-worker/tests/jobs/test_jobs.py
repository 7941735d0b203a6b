"""Uploads become renditions, or a reason why not."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from io import BytesIO

import pypdf
import pytest
import pyvips
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.media import (
    MediaDeleted,
    MediaFailed,
    MediaKind,
    MediaProcessed,
    MediaUploaded,
    Purpose,
)
from media_worker.jobs.consumers import forget_asset, queue_asset
from media_worker.jobs.models import Job, JobStatus
from media_worker.jobs.schedules import remove_objects, work_next_job
from media_worker.jobs.service import claim_job
from media_worker.settings import Settings
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.messaging import on
from servicekit.storage import Storage
from servicekit.testing.messages import published, receive
from servicekit.testing.waiting import eventually
from servicekit.worker import WorkerContext

QUEUE = on(MediaUploaded, queue_asset)
FORGET = on(MediaDeleted, forget_asset)
PLAYLIST = b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
Context = WorkerContext[Settings]
Upload = Callable[..., Awaitable[MediaUploaded]]


async def failure_after(session: AsyncSession, context: Context, uploaded: MediaUploaded) -> str:
    await receive(session, QUEUE, uploaded)
    await work_next_job(context)
    [failed] = await published(session, MediaFailed)
    return failed.reason


async def test_a_turned_photo_comes_back_upright_and_without_its_metadata(
    session: AsyncSession, context: Context, storage: Storage, upload: Upload, photo: bytes
) -> None:
    uploaded = await upload(
        photo, kind=MediaKind.IMAGE, content_type="image/jpeg", purpose=Purpose.AVATAR
    )
    await receive(session, QUEUE, uploaded)

    await work_next_job(context)

    [processed] = await published(session, MediaProcessed)
    shapes = {one.name: (one.width, one.height) for one in processed.renditions}
    assert shapes == {
        "full": (800, 1200), "card": (533, 800), "thumbnail": (213, 320), "avatar": (256, 256),
    }  # fmt: skip
    for rendition in processed.renditions:
        assert rendition.key.startswith("public/")
        content = await storage.get(rendition.key)
        fields = pyvips.Image.new_from_buffer(content, "").get_fields()
        assert not [name for name in fields if name.startswith("exif")]


async def test_an_upload_announced_twice_is_worked_on_once(
    session: AsyncSession, context: Context, upload: Upload, photo: bytes
) -> None:
    uploaded = await upload(photo, kind=MediaKind.IMAGE, content_type="image/jpeg")

    assert await receive(session, QUEUE, uploaded) is True
    assert await receive(session, QUEUE, uploaded) is False
    await work_next_job(context)
    await work_next_job(context)

    assert len(await published(session, MediaProcessed)) == 1


async def test_a_video_becomes_a_ladder_that_never_exceeds_its_source(
    session: AsyncSession, context: Context, storage: Storage, upload: Upload, clip: bytes
) -> None:
    uploaded = await upload(clip, kind=MediaKind.VIDEO, content_type="video/mp4")
    await receive(session, QUEUE, uploaded)

    await work_next_job(context)

    [processed] = await published(session, MediaProcessed)
    assert [one.name for one in processed.hls] == ["240p", "360p"]
    assert processed.duration_secs is not None
    assert abs(processed.duration_secs - 6) < 0.2
    for variant in processed.hls:
        assert variant.prefix.startswith(f"private/{uploaded.asset_id}/")
        assert abs(sum(seconds for _, seconds in variant.segments) - 6) < 0.5
        assert variant.codecs.startswith("avc1")
        for name, _ in variant.segments:
            assert await storage.size(f"{variant.prefix}{name}") > 1000


async def test_a_video_cut_short_fails_with_a_reason(
    session: AsyncSession, context: Context, upload: Upload, clip: bytes
) -> None:
    cut = clip[: len(clip) // 2]

    reason = await failure_after(
        session, context, await upload(cut, kind=MediaKind.VIDEO, content_type="video/mp4")
    )

    assert reason == "The video is damaged or cut short."


async def test_a_failure_leaves_no_object_behind(
    session: AsyncSession,
    context: Context,
    storage: Storage,
    upload: Upload,
    clip: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("media_worker.renditions.videos.SHORTEST_SHARE", 2.0)
    uploaded = await upload(clip, kind=MediaKind.VIDEO, content_type="video/mp4")

    reason = await failure_after(session, context, uploaded)
    await remove_objects(context)

    assert "cut short" in reason
    assert [key async for key in storage.list("private/")] == []
    assert [key async for key in storage.list("quarantine/")] == []


async def test_a_playlist_named_mp4_opens_no_other_file(
    session: AsyncSession, context: Context, upload: Upload
) -> None:
    reason = await failure_after(
        session, context, await upload(PLAYLIST, kind=MediaKind.VIDEO, content_type="video/mp4")
    )

    assert "not a video" in reason


async def test_a_drawing_with_code_in_it_is_no_picture(
    session: AsyncSession, context: Context, upload: Upload
) -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script/></svg>'

    reason = await failure_after(
        session, context, await upload(drawing, kind=MediaKind.IMAGE, content_type="image/png")
    )

    assert "not taken" in reason


async def test_a_document_is_counted_and_shown_by_its_first_page(
    session: AsyncSession, context: Context, upload: Upload
) -> None:
    writer, written = pypdf.PdfWriter(), BytesIO()
    for _ in range(3):
        writer.add_blank_page(595, 842)
    writer.write(written)
    uploaded = await upload(written.getvalue(), kind=MediaKind.PDF, content_type="application/pdf")
    await receive(session, QUEUE, uploaded)

    await work_next_job(context)

    [processed] = await published(session, MediaProcessed)
    assert processed.page_count == 3
    assert [one.name for one in processed.renditions] == ["thumbnail"]


async def test_a_file_swapped_after_its_confirmation_is_refused(
    session: AsyncSession, context: Context, storage: Storage, upload: Upload, photo: bytes
) -> None:
    uploaded = await upload(photo, kind=MediaKind.IMAGE, content_type="image/jpeg")
    await storage.put(uploaded.key, photo + b"!")

    assert "changed" in await failure_after(session, context, uploaded)


async def test_a_job_left_by_a_dead_worker_is_taken_over_when_its_lease_ends(
    session: AsyncSession, context: Context, upload: Upload, photo: bytes
) -> None:
    await receive(
        session, QUEUE, await upload(photo, kind=MediaKind.IMAGE, content_type="image/jpeg")
    )
    await claim_job(session, worker="another/1", lease_secs=60, max_attempts=4)
    await session.commit()

    await work_next_job(context)
    assert await published(session, MediaProcessed) == []
    await session.execute(update(Job).values(leased_until=now() - timedelta(seconds=1)))
    await session.commit()
    await work_next_job(context)

    assert len(await published(session, MediaProcessed)) == 1


async def test_a_worker_that_is_told_to_stop_gives_its_job_back_untried(
    session: AsyncSession, sessions: Sessions, context: Context, upload: Upload, clip: bytes
) -> None:
    await receive(
        session, QUEUE, await upload(clip, kind=MediaKind.VIDEO, content_type="video/mp4")
    )
    working = asyncio.create_task(work_next_job(context))

    async def job() -> Job:
        async with sessions() as fresh:
            return (await fresh.scalars(select(Job))).one()

    async def has_begun() -> bool:
        return (await job()).status is JobStatus.WORKING

    await eventually(has_begun)
    await asyncio.sleep(0.2)
    working.cancel()
    await asyncio.wait({working})

    assert working.cancelled()
    assert ((await job()).status, (await job()).attempts) == (JobStatus.QUEUED, 0)


async def test_a_job_that_kills_its_workers_is_given_up(
    session: AsyncSession, context: Context, storage: Storage, upload: Upload, photo: bytes
) -> None:
    await receive(
        session, QUEUE, await upload(photo, kind=MediaKind.IMAGE, content_type="image/jpeg")
    )
    await session.execute(update(Job).values(attempts=4))
    await session.commit()

    await work_next_job(context)
    await remove_objects(context)

    [failed] = await published(session, MediaFailed)
    assert "several times" in failed.reason
    assert [key async for key in storage.list("quarantine/")] == []


async def test_a_deleted_asset_ends_its_job_and_its_objects_go(
    session: AsyncSession, context: Context, storage: Storage, upload: Upload, photo: bytes
) -> None:
    uploaded = await upload(photo, kind=MediaKind.IMAGE, content_type="image/jpeg")
    await receive(session, QUEUE, uploaded)
    deleted = MediaDeleted(
        version=2,
        asset_id=uploaded.asset_id,
        owner_id=uploaded.owner_id,
        purpose=uploaded.purpose,
        keys=[uploaded.key],
    )

    await receive(session, FORGET, deleted)
    await work_next_job(context)
    await remove_objects(context)

    job = (await session.scalars(select(Job))).one()
    assert job.status is JobStatus.CANCELLED
    assert [key async for key in storage.list("quarantine/")] == []


async def test_an_upload_heard_of_after_its_deletion_is_not_worked_on(
    session: AsyncSession, context: Context, upload: Upload, photo: bytes
) -> None:
    uploaded = await upload(photo, kind=MediaKind.IMAGE, content_type="image/jpeg")
    deleted = MediaDeleted(
        version=2,
        asset_id=uploaded.asset_id,
        owner_id=uploaded.owner_id,
        purpose=uploaded.purpose,
        keys=[],
    )

    await receive(session, FORGET, deleted)
    await receive(session, QUEUE, uploaded)
    await work_next_job(context)

    assert await published(session, MediaProcessed) == []
