"""A whole course as far as one learner is in it."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from course_service.courses.queries import get_visible_course
from course_service.enrollments.models import Enrollment
from course_service.enrollments.queries import find_enrollment
from course_service.lessons.errors import NotEnrolled
from course_service.lessons.models import Lesson
from course_service.lessons.queries import list_lessons
from course_service.player.models import LessonProgress
from course_service.player.queries import list_progress
from course_service.player.schemas import (
    CourseProgressOut,
    LessonProgressOut,
    ProgressDetailOut,
    WeightedLessonOut,
)
from servicekit.access.principal import Principal


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
    known: Mapping[UUID, LessonProgress] = await list_progress(
        session, user_id=by.user_id, course_id=course_id
    )
    lessons = await list_lessons(session, course_id=course_id)
    return [describe(lesson, known.get(lesson.id)) for lesson in lessons]
