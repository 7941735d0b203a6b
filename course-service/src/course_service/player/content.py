"""What a player is given: signed addresses, playlists, the place to go on."""

from dataclasses import dataclass
from datetime import timedelta
from time import time
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.media import HlsVariant
from course_service.copies.models import Asset
from course_service.lessons.errors import LessonNotFound
from course_service.lessons.models import Lesson, LessonType
from course_service.lessons.queries import get_learnable_lesson, get_lesson
from course_service.player import queries
from course_service.player.errors import PlaylistExpired
from course_service.player.models import LessonProgress
from course_service.player.schemas import ContentOut, ContentStatus, ResumeOut
from course_service.playlists import is_signed, render_master, render_variant, sign_playlists
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.storage import Storage

Proof = tuple[int, str]
"""Until when (Unix time) a playlist may be read, and the signature over it."""

GOOD_FOR = timedelta(hours=4)
"""How long addresses last, besides twice the length of the video."""


@dataclass(frozen=True, slots=True)
class Signer:
    """What makes addresses: the store for objects, the shared key for playlists of our own."""

    storage: Storage
    key: bytes
    public_url: str

    def playlist_query(self, lesson_id: UUID, *, expires: int) -> str:
        """The query that opens a lesson's playlists."""
        return sign_playlists(self.key, lesson_id=lesson_id, expires=expires)


async def get_content(
    session: AsyncSession, *, lesson_id: UUID, signer: Signer, by: Principal
) -> ContentOut:
    """The lesson as a player shows it. A learner's next heartbeat counts from here.

    Raises LessonNotFound, NotEnrolled.
    """
    lesson = await get_learnable_lesson(session, lesson_id, viewer=by)
    known, flaw = await queries.find_lesson_file(session, lesson)
    asset = known if flaw is None else None
    progress = await queries.open_progress(session, lesson, user_id=by.user_id)
    if progress is not None:
        progress.beat_at = now()

    lasts = GOOD_FOR + timedelta(seconds=2 * (asset.duration_secs or 0) if asset else 0)
    seconds = round(lasts.total_seconds())
    return ContentOut(
        lesson_id=lesson.id,
        course_id=lesson.course_id,
        title=lesson.title,
        lesson_type=lesson.lesson_type,
        status=_status(lesson, asset, flaw),
        signed_content_url=_content_url(lesson, asset, signer, seconds),
        hls_manifest_url=_manifest_url(lesson, asset, signer, seconds),
        signed_cookies=None,
        scorm_launch_url=None,
        scorm_session_id=None,
        content_body=lesson.content_body,
        duration_secs=asset.duration_secs if asset else (lesson.duration_mins or 0) * 60 or None,
        page_count=asset.page_count if asset else lesson.slide_count,
        expires_at=now() + lasts,
        resume=_resume(progress),
    )


async def get_master(
    session: AsyncSession, *, lesson_id: UUID, proof: Proof, signer: Signer
) -> str:
    """The master playlist. Raises PlaylistExpired, LessonNotFound."""
    asset = await _playable(session, lesson_id, proof, signer)
    return render_master(asset.variants, query=signer.playlist_query(lesson_id, expires=proof[0]))


async def get_variant(
    session: AsyncSession,
    *,
    lesson_id: UUID,
    name: str,
    proof: Proof,
    signer: Signer,
) -> str:
    """The playlist of one rung, every segment signed. Raises PlaylistExpired, LessonNotFound."""
    asset = await _playable(session, lesson_id, proof, signer)
    for variant in asset.variants:
        if variant.name == name:
            return _segments(variant, signer, max(60, proof[0] - int(time())))
    raise LessonNotFound


def _segments(variant: HlsVariant, signer: Signer, seconds: int) -> str:
    return render_variant(
        variant, sign=lambda key: signer.storage.sign_download(key, expires_in_secs=seconds)
    )


async def _playable(session: AsyncSession, lesson_id: UUID, proof: Proof, signer: Signer) -> Asset:
    expires, signature = proof
    good = is_signed(signer.key, lesson_id=lesson_id, expires=expires, signature=signature)
    if not good or expires < time():
        raise PlaylistExpired
    asset = await queries.find_lesson_asset(session, await get_lesson(session, lesson_id))
    if asset is None or not asset.is_ready:
        raise LessonNotFound
    return asset


def _status(lesson: Lesson, asset: Asset | None, flaw: str | None) -> ContentStatus:
    if flaw is not None:
        return ContentStatus.FAILED
    is_ready = lesson.asset_id is None or (asset is not None and asset.is_ready)
    return ContentStatus.READY if is_ready else ContentStatus.PROCESSING


def _content_url(lesson: Lesson, asset: Asset | None, signer: Signer, secs: int) -> str | None:
    if lesson.asset_id is None:
        return lesson.content_url
    if asset is None or not asset.is_ready or asset.key is None:
        return None
    return signer.storage.sign_download(asset.key, expires_in_secs=secs)


def _manifest_url(lesson: Lesson, asset: Asset | None, signer: Signer, secs: int) -> str | None:
    is_video = lesson.lesson_type is LessonType.VIDEO
    if not is_video or asset is None or not asset.is_ready or not asset.hls:
        return None
    query = signer.playlist_query(lesson.id, expires=int(time()) + secs)
    return f"{signer.public_url}/api/v1/player/lessons/{lesson.id}/hls/master.m3u8?{query}"


def _resume(progress: LessonProgress | None) -> ResumeOut:
    if progress is None:
        return ResumeOut(position_secs=0, current_page=None, watched_pct=0, is_completed=False)
    return ResumeOut(
        position_secs=progress.position_secs or 0,
        current_page=progress.current_page,
        watched_pct=progress.covered_pct,
        is_completed=progress.is_completed,
    )
