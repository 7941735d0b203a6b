"""Modules and lessons, and what a course lacks before it can be published."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from course_service.assessment.models import Quiz
from course_service.copies.queries import list_assets
from course_service.courses.models import Course
from course_service.courses.queries import may_see
from course_service.enrollments.queries import find_open_enrollment
from course_service.lessons.errors import LessonNotFound, ModuleNotFound, NotEnrolled
from course_service.lessons.models import Lesson, LessonType, Module
from servicekit.access.principal import Principal
from servicekit.clock import now


async def lock_module(session: AsyncSession, module_id: UUID, *, author: UUID) -> Module:
    """A module of the author's own course, with that course locked. Raises ModuleNotFound."""
    module = await find_own_module(session, module_id, author=author)
    if module is None or module.deleted_at is not None:
        raise ModuleNotFound
    return module


async def find_own_module(session: AsyncSession, module_id: UUID, *, author: UUID) -> Module | None:
    """A module of the author's own course, even if it was deleted."""
    own = (
        select(Module)
        .join(Course, Course.id == Module.course_id)
        .where(Module.id == module_id, Course.author_id == author, Course.deleted_at.is_(None))
    )
    return await session.scalar(own.with_for_update())


async def lock_lesson(session: AsyncSession, lesson_id: UUID, *, author: UUID) -> Lesson:
    """A lesson of the author's own course, with that course locked. Raises LessonNotFound."""
    lesson = await find_own_lesson(session, lesson_id, author=author)
    if lesson is None or lesson.deleted_at is not None:
        raise LessonNotFound
    return lesson


async def find_own_lesson(session: AsyncSession, lesson_id: UUID, *, author: UUID) -> Lesson | None:
    """A lesson of the author's own course, even if it was deleted."""
    own = (
        select(Lesson)
        .join(Course, Course.id == Lesson.course_id)
        .where(Lesson.id == lesson_id, Course.author_id == author, Course.deleted_at.is_(None))
    )
    return await session.scalar(own.with_for_update())


async def get_lesson(session: AsyncSession, lesson_id: UUID) -> Lesson:
    """The lesson, whoever asks. Raises LessonNotFound."""
    lesson = await session.scalar(
        select(Lesson).where(Lesson.id == lesson_id, Lesson.deleted_at.is_(None))
    )
    if lesson is None:
        raise LessonNotFound
    return lesson


async def get_learnable_lesson(
    session: AsyncSession, lesson_id: UUID, *, viewer: Principal
) -> Lesson:
    """The lesson for its author, for learners and, as a preview, for whoever finds the course.

    Raises LessonNotFound, NotEnrolled.
    """
    lesson = await get_lesson(session, lesson_id)
    if await find_open_enrollment(session, user_id=viewer.user_id, course_id=lesson.course_id):
        return lesson
    found = select(Course).where(Course.id == lesson.course_id, may_see(viewer))
    course = await session.scalar(found)
    if course is None:
        raise LessonNotFound
    if course.author_id != viewer.user_id and not lesson.is_preview:
        raise NotEnrolled(course_id=str(course.id))
    return lesson


async def list_modules(session: AsyncSession, *, course_id: UUID) -> Sequence[Module]:
    """A course's modules, in their order."""
    query = (
        select(Module)
        .where(Module.course_id == course_id, Module.deleted_at.is_(None))
        .order_by(Module.sort_order, Module.id)
    )
    return (await session.scalars(query)).all()


async def list_lessons(session: AsyncSession, *, course_id: UUID) -> Sequence[Lesson]:
    """A course's lessons, in the order of their modules and their own."""
    query = (
        select(Lesson)
        .join(Module, Module.id == Lesson.module_id)
        .where(Lesson.course_id == course_id, Lesson.deleted_at.is_(None))
        .order_by(Module.sort_order, Module.id, Lesson.sort_order, Lesson.id)
    )
    return (await session.scalars(query)).all()


async def list_outline(session: AsyncSession, *, course_id: UUID) -> list[Mapping[str, Any]]:
    """The modules of a course, each with its `lessons`, all in their order."""
    modules = await list_modules(session, course_id=course_id)
    lessons = await list_lessons(session, course_id=course_id)
    return [
        {
            "id": module.id,
            "title": module.title,
            "sort_order": module.sort_order,
            "lessons": [lesson for lesson in lessons if lesson.module_id == module.id],
        }
        for module in modules
    ]


async def list_gaps(session: AsyncSession, course: Course) -> list[dict[str, str]]:
    """What keeps a course from being something to learn; empty if nothing does.

    A file that is not heard of yet or still being processed is no gap; one that cannot be used is.
    """
    lessons = await list_lessons(session, course_id=course.id)
    if not lessons:
        return [{"what": "lessons", "detail": "there is nothing to learn yet"}]
    flaws = await _file_flaws(session, course, lessons)
    quizzes = set(
        await session.scalars(
            select(Quiz.lesson_id).where(Quiz.course_id == course.id, Quiz.deleted_at.is_(None))
        )
    )
    said = (
        (lesson, _gap(lesson, flaws.get(lesson.id), has_quiz=lesson.id in quizzes))
        for lesson in lessons
    )
    return [
        {"what": "lesson", "lesson_id": str(lesson.id), "detail": gap}
        for lesson, gap in said
        if gap
    ]


async def _file_flaws(
    session: AsyncSession, course: Course, lessons: Sequence[Lesson]
) -> dict[UUID, str | None]:
    named = {lesson.id: lesson.asset_id for lesson in lessons if lesson.asset_id}
    assets = {one.asset_id: one for one in await list_assets(session, list(named.values()))}
    return {
        lesson.id: lesson.flaw_of_file(
            assets.get(named[lesson.id]), owner=course.author_id, at=now()
        )
        for lesson in lessons
        if lesson.id in named
    }


def _gap(lesson: Lesson, flaw: str | None, *, has_quiz: bool) -> str | None:
    match lesson.lesson_type:
        case LessonType.TEXT:
            return None if lesson.content_body else "a text lesson needs its text"
        case LessonType.QUIZ:
            return None if has_quiz else "a quiz lesson needs its quiz"
        case _:
            return _file_gap(lesson, flaw)


def _file_gap(lesson: Lesson, flaw: str | None) -> str | None:
    if lesson.asset_id is not None:
        return flaw
    if lesson.content_url is None:
        return "it needs an asset_id or a content_url"
    if lesson.lesson_type is LessonType.VIDEO:
        return None if lesson.duration_mins else "a video elsewhere needs its duration_mins"
    return None if lesson.slide_count else "a document elsewhere needs its slide_count"
