"""Watching, reading and being measured."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from course_service.copies.models import Asset
from course_service.lessons.errors import NotEnrolled
from course_service.lessons.models import Lesson, LessonType
from course_service.lessons.queries import get_learnable_lesson, get_lesson
from course_service.player import queries
from course_service.player.errors import LessonOtherwiseMeasured
from course_service.player.events import completion_of
from course_service.player.models import ENOUGH_PCT, LessonProgress
from course_service.player.schemas import DocumentBeatIn, HeartbeatIn, ProgressIn
from course_service.spans import Spans, first, length, union, within, without
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.messaging import publish

SLACK = timedelta(seconds=1)
"""What clocks and networks may differ by: it is believed on top of real time."""


async def watch(
    session: AsyncSession, *, lesson_id: UUID, body: HeartbeatIn, by: Principal
) -> LessonProgress:
    """Unite what was watched with what is known. The same beat again changes nothing.

    New seconds are believed up to real time x rate since the last beat, or since the lesson was
    opened. Raises LessonNotFound, LessonOtherwiseMeasured, NotEnrolled.
    """
    lesson, progress = await _learning(session, lesson_id, by)
    _refuse_other(lesson, LessonType.VIDEO)
    duration = await duration_of(session, lesson)

    at = now()
    elapsed = at - progress.beat_at + SLACK
    claimed = union((round(low), round(high)) for low, high in body.watched_intervals)
    if duration is not None:
        claimed = within(claimed, max(1, round(duration)))
    new = first(without(claimed, progress.spans), elapsed.total_seconds() * body.playback_rate)

    progress.cover(union(progress.spans, new), extent=duration and round(duration))
    progress.position_secs = round(body.position_secs)
    if new:
        # What is believed on slack is time that the next beat does not have.
        progress.beat_at = max(at, progress.beat_at + _played(new, rate=body.playback_rate))
    _finish_if_enough(session, progress, lesson, at=at)
    return progress


async def read_pages(
    session: AsyncSession, *, lesson_id: UUID, body: DocumentBeatIn, by: Principal
) -> tuple[LessonProgress, int | None]:
    """Unite the pages seen with those known; also answers how many there are, if that is known.

    Raises LessonNotFound, LessonOtherwiseMeasured, NotEnrolled.
    """
    lesson, progress = await _learning(session, lesson_id, by)
    _refuse_other(lesson, LessonType.PDF)
    pages = await page_count_of(session, lesson)

    seen = union((page, page + 1) for page in {*body.pages_viewed, body.current_page})
    if pages is not None:
        seen = within(seen, pages + 1)
    progress.cover(union(progress.spans, seen), extent=pages)
    progress.current_page = body.current_page
    _finish_if_enough(session, progress, lesson, at=now())
    return progress, pages


async def report_progress(
    session: AsyncSession, *, lesson_id: UUID, body: ProgressIn, by: Principal
) -> tuple[LessonProgress, Lesson]:
    """Believe a text to be read; everything else is measured, so saying it changes nothing.

    Raises LessonNotFound, NotEnrolled.
    """
    lesson, progress = await _learning(session, lesson_id, by)
    if body.completed and lesson.lesson_type is LessonType.TEXT:
        progress.covered_pct = 100
        _finish(session, progress, lesson, at=now())
    return progress, lesson


async def record_score(
    session: AsyncSession, *, lesson_id: UUID, user_id: UUID, score_pct: int, passed: bool
) -> None:
    """Note the best score of a quiz; passing finishes its lesson. Whoever left is passed over."""
    lesson = await session.get_one(Lesson, lesson_id)
    progress = await queries.lock_progress(session, lesson, user_id=user_id)
    if progress is None:
        return
    progress.score_pct = max(progress.score_pct or 0, score_pct)
    if passed:
        progress.covered_pct = 100
        _finish(session, progress, lesson, at=now())


async def duration_of(session: AsyncSession, lesson: Lesson) -> float | None:
    """How long a video is, in seconds; None until it is processed."""
    asset = await queries.find_lesson_asset(session, lesson)
    if asset is not None and asset.duration_secs:
        return asset.duration_secs
    return lesson.duration_mins * 60.0 if lesson.duration_mins and not lesson.asset_id else None


async def page_count_of(session: AsyncSession, lesson: Lesson) -> int | None:
    """How many pages a document has; None until it is processed."""
    asset: Asset | None = await queries.find_lesson_asset(session, lesson)
    return asset.page_count if asset is not None else lesson.slide_count


async def _learning(
    session: AsyncSession, lesson_id: UUID, by: Principal
) -> tuple[Lesson, LessonProgress]:
    """The lesson and the caller's progress in it, locked. Raises LessonNotFound, NotEnrolled."""
    lesson = await get_lesson(session, lesson_id)
    progress = await queries.lock_progress(session, lesson, user_id=by.user_id)
    if progress is None:
        # Whoever may not find the course is not told that the lesson exists.
        await get_learnable_lesson(session, lesson_id, viewer=by)
        raise NotEnrolled(course_id=str(lesson.course_id))
    return lesson, progress


def _played(spans: Spans, *, rate: float) -> timedelta:
    return timedelta(seconds=length(spans) / rate)


def _refuse_other(lesson: Lesson, wanted: LessonType) -> None:
    if lesson.lesson_type is not wanted:
        raise LessonOtherwiseMeasured(lesson_type=lesson.lesson_type)


def _finish_if_enough(
    session: AsyncSession, progress: LessonProgress, lesson: Lesson, *, at: datetime
) -> None:
    if progress.covered_pct >= ENOUGH_PCT:
        _finish(session, progress, lesson, at=at)


def _finish(
    session: AsyncSession, progress: LessonProgress, lesson: Lesson, *, at: datetime
) -> None:
    if progress.complete(at):
        publish(session, completion_of(progress, lesson))
