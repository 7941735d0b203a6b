"""Enrollments and entitlements, found, locked and listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from course_service.courses.models import Course
from course_service.enrollments.errors import EnrollmentNotFound
from course_service.enrollments.models import Enrollment, EnrollmentStatus, Entitlement, Recount
from course_service.lessons.models import Lesson
from course_service.player.models import LessonProgress
from servicekit.ids import uuid7


@dataclass(frozen=True, slots=True)
class Standing:
    """How many lessons a course has, how many a learner finished, and the mean of their quizzes."""

    total: int
    done: int
    score_pct: int | None


async def lock_seat(session: AsyncSession, *, user_id: UUID, course_id: UUID) -> Enrollment:
    """The learner's one row in a course, locked; a pending one is made if there was none."""
    row = {
        "id": uuid7(),
        "user_id": user_id,
        "course_id": course_id,
        "status": EnrollmentStatus.PENDING,
        "progress_pct": 0,
        "version": 0,
    }
    await session.execute(insert(Enrollment).values(row).on_conflict_do_nothing())
    mine = Enrollment.user_id == user_id, Enrollment.course_id == course_id
    return await _lock(session, *mine)


async def lock_enrollment(
    session: AsyncSession, enrollment_id: UUID, *, owner: UUID | None = None
) -> Enrollment:
    """An enrollment, locked; of `owner` if one is named. Raises EnrollmentNotFound."""
    owned = [] if owner is None else [Enrollment.user_id == owner]
    return await _lock(session, Enrollment.id == enrollment_id, *owned)


async def get_enrollment(session: AsyncSession, enrollment_id: UUID, *, viewer: UUID) -> Enrollment:
    """An enrollment of the viewer's, or in the viewer's own course. Raises EnrollmentNotFound."""
    seen = or_(Enrollment.user_id == viewer, Course.author_id == viewer)
    query = _with_course().join(Course).where(Enrollment.id == enrollment_id, seen)
    return _found(await session.scalar(query))


async def find_enrollment(
    session: AsyncSession, *, user_id: UUID, course_id: UUID
) -> Enrollment | None:
    """The learner's row in a course, whatever its state."""
    query = _with_course().where(Enrollment.user_id == user_id, Enrollment.course_id == course_id)
    return await session.scalar(query)


async def find_open_enrollment(
    session: AsyncSession, *, user_id: UUID, course_id: UUID
) -> Enrollment | None:
    """The learner's enrollment in a course, if it gives access now."""
    found = await find_enrollment(session, user_id=user_id, course_id=course_id)
    return found if found is not None and found.is_open else None


async def list_enrollments(
    session: AsyncSession, *, user_id: UUID, after: UUID | None, limit: int
) -> Sequence[Enrollment]:
    """A learner's enrollments, newest first; `limit + 1` of them."""
    return await _page(session, Enrollment.user_id == user_id, after=after, limit=limit)


async def list_enrollments_of_course(
    session: AsyncSession, *, course_id: UUID, after: UUID | None, limit: int
) -> Sequence[Enrollment]:
    """Everybody's enrollments in a course, newest first; `limit + 1` of them."""
    return await _page(session, Enrollment.course_id == course_id, after=after, limit=limit)


async def has_learners(session: AsyncSession, *, course_id: UUID) -> bool:
    """Whether anybody ever joined the course."""
    return bool(await session.scalar(select(exists().where(Enrollment.course_id == course_id))))


async def get_standings(
    session: AsyncSession, enrollments: Sequence[Enrollment]
) -> dict[UUID, Standing]:
    """How far each learner is, by enrollment, counted from the lessons that there are now."""
    query = (
        select(
            Enrollment.id,
            func.count(Lesson.id),
            func.count(LessonProgress.completed_at),
            func.round(func.avg(LessonProgress.score_pct)),
        )
        .outerjoin(
            Lesson,
            (Lesson.course_id == Enrollment.course_id) & Lesson.deleted_at.is_(None),
        )
        .outerjoin(
            LessonProgress,
            (LessonProgress.lesson_id == Lesson.id)
            & (LessonProgress.user_id == Enrollment.user_id),
        )
        .where(Enrollment.id.in_([each.id for each in enrollments]))
        .group_by(Enrollment.id)
    )
    return {
        enrollment_id: Standing(total, done, score_pct=None if score is None else int(score))
        for enrollment_id, total, done, score in await session.execute(query)
    }


async def ask_recount(session: AsyncSession, *, course_id: UUID) -> None:
    """Have the worker count every enrollment of a course anew: there may be very many."""
    asked = insert(Recount).values(course_id=course_id)
    await session.execute(
        asked.on_conflict_do_update(index_elements=[Recount.course_id], set_={"after": None})
    )


async def lock_next_recount(session: AsyncSession) -> Recount | None:
    """The course that waits longest to be counted anew, unless another worker has it."""
    query = select(Recount).order_by(Recount.queued_at).limit(1)
    return await session.scalar(query.with_for_update(skip_locked=True))


async def lock_learning(
    session: AsyncSession, *, course_id: UUID, after: UUID | None, limit: int
) -> Sequence[Enrollment]:
    """The next enrollments in progress in a course, locked."""
    query = _with_course().where(
        Enrollment.course_id == course_id, Enrollment.status == EnrollmentStatus.IN_PROGRESS
    )
    if after is not None:
        query = query.where(Enrollment.id > after)
    locked = query.order_by(Enrollment.id).limit(limit).with_for_update(of=Enrollment)
    return (await session.scalars(locked)).all()


async def keep_entitlement(
    session: AsyncSession,
    entitlement_id: UUID,
    *,
    of: tuple[UUID, UUID],
    version: int,
    expires_at: datetime | None = None,
    revoked_at: datetime | None = None,
) -> bool:
    """Write down an entitlement `of` (user, course). False if something newer is known."""
    facts = {"version": version, "expires_at": expires_at, "revoked_at": revoked_at}
    user_id, course_id = of
    added = insert(Entitlement).values(
        entitlement_id=entitlement_id, user_id=user_id, course_id=course_id, **facts
    )
    newest = added.on_conflict_do_update(
        index_elements=[Entitlement.entitlement_id],
        set_=facts,
        where=Entitlement.version < added.excluded.version,
    )
    return await session.scalar(newest.returning(Entitlement.version)) is not None


async def is_entitled(
    session: AsyncSession, *, user_id: UUID, course_id: UUID, at: datetime
) -> bool:
    """Whether any entitlement opens the course to the learner at that time.

    It stays so until this transaction ends: a revocation that is under way is waited for.
    """
    opens = select(Entitlement.entitlement_id).where(
        Entitlement.user_id == user_id,
        Entitlement.course_id == course_id,
        Entitlement.revoked_at.is_(None),
        or_(Entitlement.expires_at.is_(None), Entitlement.expires_at > at),
    )
    return await session.scalar(opens.limit(1).with_for_update(read=True)) is not None


def _with_course() -> Select[Enrollment]:
    return select(Enrollment).options(joinedload(Enrollment.course, innerjoin=True))


async def _lock(session: AsyncSession, *which: ColumnElement[bool]) -> Enrollment:
    locked = _with_course().where(*which).with_for_update(of=Enrollment)
    return _found(await session.scalar(locked.execution_options(populate_existing=True)))


async def _page(
    session: AsyncSession, whose: ColumnElement[bool], *, after: UUID | None, limit: int
) -> Sequence[Enrollment]:
    query = _with_course().where(whose).order_by(Enrollment.id.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(Enrollment.id < after)
    return (await session.scalars(query)).all()


def _found(enrollment: Enrollment | None) -> Enrollment:
    if enrollment is None:
        raise EnrollmentNotFound
    return enrollment
