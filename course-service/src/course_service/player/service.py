"""Watching, reading, being measured, and how far that has led."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from course_service.copies.models import Asset
from course_service.courses.queries import get_visible_course
from course_service.enrollments.models import Enrollment
from course_service.enrollments.queries import find_enrollment
from course_service.lessons.errors import NotEnrolled
from course_service.lessons.models import Lesson, LessonType
from course_service.lessons.queries import get_learnable_lesson, get_lesson, list_lessons
from course_service.player import queries
from course_service.player.errors import LessonOtherwiseMeasured
from course_service.player.events import completion_of
from course_service.player.models import ENOUGH_PCT, LessonProgress
from course_service.player.schemas import (
    CourseProgressOut,
    DocumentBeatIn,
    HeartbeatIn,
    LessonProgressOut,
    ProgressDetailOut,
    ProgressIn,
    WeightedLessonOut,
)
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


async def get_course_progress(
    session: AsyncSession, *, course_id: UUID, by: Principal
) -> CourseProgressOut:
    """Which lessons are done. Raises CourseNotFound, NotEnrolled."""
    enrollment = await _enrollment(session, course_id, by)
    lessons = await _lessons(session, course_id, by)
    done = sum(lesson.is_completed for lesson in lessons)
    return CourseProgressOut(
        course_id=course_id,
        enrollment_id=enrollment.id,
        status=enrollment.status,
        progress_pct=100 * done // len(lessons) if lessons else 0,
        total_lessons=len(lessons),
        completed_lessons=done,
        lessons=lessons,
    )


async def get_progress_detail(
    session: AsyncSession, *, course_id: UUID, by: Principal
) -> ProgressDetailOut:
    """How much of each lesson is done; every lesson weighs the same.

    Raises CourseNotFound, NotEnrolled.
    """
    enrollment = await _enrollment(session, course_id, by)
    lessons = await _lessons(session, course_id, by)
    share = 100 / len(lessons) if lessons else 0.0
    whole = sum(lesson.progress_pct for lesson in lessons) * share / 100
    return ProgressDetailOut(
        course_id=course_id,
        enrollment_id=enrollment.id,
        status=enrollment.status,
        weighted_pct=round(whole, 2),
        lessons=[
            WeightedLessonOut(**lesson.model_dump(), weight_pct=round(share, 2))
            for lesson in lessons
        ],
    )


def describe(lesson: Lesson, progress: LessonProgress | None) -> LessonProgressOut:
    """One lesson as far as the learner is in it; what is finished counts in full."""
    return LessonProgressOut(
        lesson_id=lesson.id,
        title=lesson.title,
        lesson_type=lesson.lesson_type,
        progress_pct=_pct(progress),
        position_secs=progress.position_secs if progress else None,
        current_page=progress.current_page if progress else None,
        score_pct=progress.score_pct if progress else None,
        is_completed=progress is not None and progress.is_completed,
        completed_at=progress.completed_at if progress else None,
    )


async def record_score(
    session: AsyncSession, *, lesson_id: UUID, user_id: UUID, score_pct: int, passed: bool
) -> None:
    """Note the best score of a quiz; passing finishes its lesson.

    What was passed before leaving is kept for a return, whenever it is heard of.
    """
    lesson = await session.get_one(Lesson, lesson_id)
    progress = await queries.lock_progress(session, lesson, user_id=user_id, or_left=True)
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


async def remeasure_next(session: AsyncSession, *, limit: int) -> bool:
    """Measure the next `limit` learners in a lesson that changed. False if none waits."""
    remeasurement = await queries.lock_next_remeasurement(session)
    if remeasurement is None:
        return False
    lesson = await session.get_one(Lesson, remeasurement.lesson_id)
    unfinished = await queries.lock_unfinished(
        session, lesson_id=lesson.id, after=remeasurement.after, limit=limit
    )
    extent = await _extent_of(session, lesson)
    for progress in unfinished if extent else ():
        progress.cover(progress.spans, extent=extent)
        _finish_if_enough(session, progress, lesson, at=now())

    if len(unfinished) < limit:
        await session.delete(remeasurement)
    else:
        remeasurement.after, remeasurement.queued_at = unfinished[-1].id, now()
    return True


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


async def _extent_of(session: AsyncSession, lesson: Lesson) -> int | None:
    if lesson.deleted_at is not None:
        return None
    if lesson.lesson_type is LessonType.VIDEO:
        duration = await duration_of(session, lesson)
        return None if duration is None else max(1, round(duration))
    return await page_count_of(session, lesson)


def _pct(progress: LessonProgress | None) -> int:
    if progress is None:
        return 0
    return 100 if progress.is_completed else progress.covered_pct


async def _enrollment(session: AsyncSession, course_id: UUID, by: Principal) -> Enrollment:
    found = await find_enrollment(session, user_id=by.user_id, course_id=course_id)
    if found is None or found.started_at is None:
        await get_visible_course(session, course_id, viewer=by)
        raise NotEnrolled(course_id=str(course_id))
    return found


async def _lessons(
    session: AsyncSession, course_id: UUID, by: Principal
) -> list[LessonProgressOut]:
    known: Mapping[UUID, LessonProgress] = await queries.list_progress(
        session, user_id=by.user_id, course_id=course_id
    )
    lessons = await list_lessons(session, course_id=course_id)
    return [describe(lesson, known.get(lesson.id)) for lesson in lessons]


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
