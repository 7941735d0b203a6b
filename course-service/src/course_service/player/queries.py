"""Progress, and what there is to measure it against."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.ext.asyncio import AsyncSession

from course_service.copies.models import Asset
from course_service.courses.models import Course
from course_service.enrollments.queries import find_enrollment
from course_service.lessons.models import Lesson
from course_service.player.models import LessonProgress, Remeasurement
from servicekit.clock import now
from servicekit.ids import uuid7

FIRST_BEAT = timedelta(seconds=5)
"""What the first beat of a player that never asked for the content may claim."""


async def open_progress(
    session: AsyncSession, lesson: Lesson, *, user_id: UUID
) -> LessonProgress | None:
    """The learner's progress, begun now if there was none; None for whoever is not enrolled."""
    if await _begin(session, lesson, user_id=user_id):
        return await session.scalar(_of(lesson, user_id))
    return None


async def lock_progress(
    session: AsyncSession, lesson: Lesson, *, user_id: UUID, or_left: bool = False
) -> LessonProgress | None:
    """The learner's progress, begun if need be, and locked; None for whoever is not enrolled.

    With `or_left` whoever was enrolled once is too.
    """
    if not await _begin(session, lesson, user_id=user_id, or_left=or_left):
        return None
    locked = _of(lesson, user_id).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(locked)).one()


async def find_lesson_asset(session: AsyncSession, lesson: Lesson) -> Asset | None:
    """The lesson's file, once it is heard of and as long as it can be used."""
    asset, flaw = await find_lesson_file(session, lesson)
    return asset if flaw is None else None


async def find_lesson_file(
    session: AsyncSession, lesson: Lesson
) -> tuple[Asset | None, str | None]:
    """The lesson's file, if anything is known of it, and why it cannot be used, if it cannot."""
    if lesson.asset_id is None:
        return None, None
    query = (
        select(Course.author_id, Asset)
        .outerjoin(Asset, Asset.asset_id == lesson.asset_id)
        .where(Course.id == lesson.course_id)
    )
    owner, asset = (await session.execute(query)).one()
    return asset, lesson.flaw_of_file(asset, owner=owner, at=now())


async def list_progress(
    session: AsyncSession, *, user_id: UUID, course_id: UUID
) -> Mapping[UUID, LessonProgress]:
    """A learner's progress in a course by lesson."""
    query = select(LessonProgress).where(
        LessonProgress.user_id == user_id, LessonProgress.course_id == course_id
    )
    rows: Sequence[LessonProgress] = (await session.scalars(query)).all()
    return {row.lesson_id: row for row in rows}


async def ask_remeasurement(session: AsyncSession, *, lesson_id: UUID) -> None:
    """Have the worker measure every learner's progress in a lesson anew."""
    asked = insert(Remeasurement).values(lesson_id=lesson_id)
    await session.execute(
        asked.on_conflict_do_update(index_elements=[Remeasurement.lesson_id], set_={"after": None})
    )


async def lock_next_remeasurement(session: AsyncSession) -> Remeasurement | None:
    """The lesson that waits longest to be measured anew, unless another worker has it."""
    query = select(Remeasurement).order_by(Remeasurement.queued_at).limit(1)
    return await session.scalar(query.with_for_update(skip_locked=True))


async def lock_unfinished(
    session: AsyncSession, *, lesson_id: UUID, after: UUID | None, limit: int
) -> Sequence[LessonProgress]:
    """The next learners who began a lesson and did not finish it, locked."""
    query = select(LessonProgress).where(
        LessonProgress.lesson_id == lesson_id, LessonProgress.completed_at.is_(None)
    )
    if after is not None:
        query = query.where(LessonProgress.id > after)
    locked = query.order_by(LessonProgress.id).limit(limit).with_for_update()
    return (await session.scalars(locked)).all()


async def _begin(
    session: AsyncSession, lesson: Lesson, *, user_id: UUID, or_left: bool = False
) -> bool:
    enrollment = await find_enrollment(session, user_id=user_id, course_id=lesson.course_id)
    if enrollment is None or enrollment.started_at is None:
        return False
    if not enrollment.is_open and not or_left:
        return False
    row = {
        "id": uuid7(),
        "user_id": user_id,
        "lesson_id": lesson.id,
        "course_id": lesson.course_id,
        "enrollment_id": enrollment.id,
        "covered": MultiRange([]),
        "covered_pct": 0,
        "beat_at": now() - FIRST_BEAT,
        "version": 0,
    }
    await session.execute(insert(LessonProgress).values(row).on_conflict_do_nothing())
    return True


def _of(lesson: Lesson, user_id: UUID) -> Select[LessonProgress]:
    return select(LessonProgress).where(
        LessonProgress.user_id == user_id, LessonProgress.lesson_id == lesson.id
    )
