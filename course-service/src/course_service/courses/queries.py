"""Courses, looked up by people who may or may not see them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.course import CourseVisibility
from course_service.courses.errors import CourseNotFound
from course_service.courses.models import Course, CourseStatus
from course_service.courses.schemas import CourseFilter
from servicekit.access.principal import Principal


def may_see(viewer: Principal | None) -> ColumnElement[bool]:
    """That a course is visible to `viewer`: listed and within their rights, or theirs.

    Moderators see every course that is listed, whatever its visibility.
    """
    exists = Course.deleted_at.is_(None)
    listed = Course.status == CourseStatus.PUBLISHED
    if viewer is None:
        return and_(exists, listed, Course.visibility == CourseVisibility.PUBLIC)
    own = Course.author_id == viewer.user_id
    return and_(exists, or_(own, and_(listed, Course.visibility.in_(visibilities_of(viewer)))))


def visibilities_of(viewer: Principal) -> list[CourseVisibility]:
    """The kinds of courses that `viewer` may find and join."""
    member = viewer.is_at_least(Role.MEMBER)
    checked = viewer.verified or viewer.is_at_least(Role.MODERATOR)
    allowed = {
        CourseVisibility.PUBLIC: True,
        CourseVisibility.MEMBER_ONLY: member,
        CourseVisibility.VERIFIED_ONLY: checked,
    }
    return [kind for kind, may in allowed.items() if may]


async def get_course(session: AsyncSession, course_id: UUID) -> Course:
    """The course, whoever asks and whatever its state. Raises CourseNotFound."""
    return _found(await session.get(Course, course_id))


async def find_course(session: AsyncSession, course_id: UUID) -> Course | None:
    """The course, whoever asks and whatever its state."""
    return await session.get(Course, course_id)


async def get_visible_course(
    session: AsyncSession, course_id: UUID, *, viewer: Principal | None
) -> Course:
    """The course if `viewer` may see it. Raises CourseNotFound."""
    return _found(await session.scalar(_visible(viewer).where(Course.id == course_id)))


async def get_course_by_slug(
    session: AsyncSession, slug: str, *, viewer: Principal | None
) -> Course:
    """The course of that slug if `viewer` may see it. Raises CourseNotFound."""
    return _found(await session.scalar(_visible(viewer).where(Course.slug == slug)))


async def lock_course(session: AsyncSession, course_id: UUID, *, author: UUID) -> Course:
    """The author's own course, locked. Raises CourseNotFound."""
    return _found(await session.scalar(_own(course_id, author).with_for_update()))


async def get_own_course(session: AsyncSession, course_id: UUID, *, author: UUID) -> Course:
    """The author's own course. Raises CourseNotFound."""
    return _found(await session.scalar(_own(course_id, author)))


async def find_own_course(session: AsyncSession, course_id: UUID, *, author: UUID) -> Course | None:
    """The author's own course, locked, even if it was deleted."""
    own = select(Course).where(Course.id == course_id, Course.author_id == author)
    return await session.scalar(own.with_for_update())


async def list_courses(
    session: AsyncSession, *, viewer: Principal | None, wanted: CourseFilter, after: UUID | None
) -> Sequence[Course]:
    """The newest courses first that `viewer` may see; `wanted.limit + 1` of them."""
    own = viewer is not None and wanted.author_id == viewer.user_id
    query = _visible(viewer).where(
        true() if own else Course.status == CourseStatus.PUBLISHED, *_conditions(wanted)
    )
    if after is not None:
        query = query.where(Course.id < after)
    return (await session.scalars(query.order_by(Course.id.desc()).limit(wanted.limit + 1))).all()


def _visible(viewer: Principal | None) -> Select[Course]:
    return select(Course).where(may_see(viewer))


def _own(course_id: UUID, author: UUID) -> Select[Course]:
    return select(Course).where(
        Course.id == course_id, Course.author_id == author, Course.deleted_at.is_(None)
    )


def _found(course: Course | None) -> Course:
    if course is None:
        raise CourseNotFound
    return course


def _conditions(wanted: CourseFilter) -> list[ColumnElement[bool]]:
    words = wanted.q or ""
    said = [
        (wanted.category, Course.category == wanted.category),
        (wanted.specialty, Course.specialty_tags.contains([wanted.specialty])),
        (wanted.pricing_type, Course.pricing_type == wanted.pricing_type),
        (wanted.author_id, Course.author_id == wanted.author_id),
        (wanted.visibility, Course.visibility == wanted.visibility),
        (
            words,
            or_(
                Course.title.icontains(words, autoescape=True),
                Course.description.icontains(words, autoescape=True),
            )
            if words
            else false(),
        ),
    ]
    return [condition for value, condition in said if value]
