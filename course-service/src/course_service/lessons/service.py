"""What authors do with modules and lessons."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from course_service.copies.queries import find_asset
from course_service.courses.queries import lock_course
from course_service.enrollments.queries import ask_recount
from course_service.lessons import queries
from course_service.lessons.errors import (
    AssetUnusable,
    LessonNotFound,
    ModuleNotFound,
    ModulesDiffer,
)
from course_service.lessons.models import KINDS, Lesson, LessonType, Module, flaw_of
from course_service.lessons.schemas import LessonIn, LessonPatch, ModuleIn, ModulePatch
from course_service.player.queries import ask_remeasurement
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.problems import not_yet_supported
from servicekit.web.etags import refuse_stale

MEASURES = frozenset({"asset_id", "duration_mins", "slide_count"})
"""The fields that say how much there is to see."""

BUILT = frozenset({LessonType.VIDEO, LessonType.PDF, LessonType.TEXT, LessonType.QUIZ})


async def create_module(
    session: AsyncSession, *, course_id: UUID, body: ModuleIn, by: Principal
) -> Module:
    """A new module of the caller's own course. Raises CourseNotFound."""
    course = await lock_course(session, course_id, author=by.user_id)
    module = Module(course_id=course.id, **body.model_dump())
    session.add(module)
    await session.flush()
    return module


async def update_module(
    session: AsyncSession, *, module_id: UUID, body: ModulePatch, by: Principal
) -> Module:
    """Change the fields sent. Raises ModuleNotFound."""
    module = await queries.lock_module(session, module_id, author=by.user_id)
    for name, value in body.sent().items():
        setattr(module, name, value)
    return module


async def delete_module(session: AsyncSession, *, module_id: UUID, by: Principal) -> None:
    """Remove a module and its lessons; again changes nothing. Raises ModuleNotFound."""
    module = await queries.find_own_module(session, module_id, author=by.user_id)
    if module is None:
        raise ModuleNotFound
    if module.deleted_at is not None:
        return
    module.deleted_at = now()
    await ask_recount(session, course_id=module.course_id)
    for lesson in await queries.list_lessons(session, course_id=module.course_id):
        if lesson.module_id == module.id:
            lesson.deleted_at = module.deleted_at


async def reorder_modules(
    session: AsyncSession, *, course_id: UUID, module_ids: list[UUID], by: Principal
) -> list[Module]:
    """Put the modules into that order. Raises ModulesDiffer unless each is named once."""
    course = await lock_course(session, course_id, author=by.user_id)
    modules = {
        module.id: module for module in await queries.list_modules(session, course_id=course.id)
    }
    if sorted(module_ids) != sorted(modules):
        raise ModulesDiffer
    ordered = [modules[module_id] for module_id in module_ids]
    for place, module in enumerate(ordered):
        module.sort_order = place
    return ordered


async def create_lesson(
    session: AsyncSession, *, module_id: UUID, body: LessonIn, by: Principal
) -> Lesson:
    """A new lesson of the caller's own module. Raises ModuleNotFound, AssetUnusable."""
    module = await queries.lock_module(session, module_id, author=by.user_id)
    if body.lesson_type not in BUILT:
        raise not_yet_supported("lesson_type")
    await _check_asset(session, body.asset_id, body.lesson_type, owner=by.user_id)
    at = now()
    lesson = Lesson(
        module_id=module.id,
        course_id=module.course_id,
        created_at=at,
        updated_at=at,
        **body.model_dump(),
    )
    session.add(lesson)
    await session.flush()
    return lesson


async def update_lesson(
    session: AsyncSession,
    *,
    lesson_id: UUID,
    body: LessonPatch,
    if_match: str | None,
    by: Principal,
) -> Lesson:
    """Change the fields sent; how much of it learners have seen is measured anew by the worker.

    Raises LessonNotFound, PreconditionFailed, AssetUnusable.
    """
    lesson = await queries.lock_lesson(session, lesson_id, author=by.user_id)
    refuse_stale(if_match, lesson.version)
    await _check_asset(session, body.asset_id, lesson.lesson_type, owner=by.user_id)
    said = body.sent()
    for name, value in said.items():
        setattr(lesson, name, value)
    lesson.change(now())
    if said.keys() & MEASURES:
        await ask_remeasurement(session, lesson_id=lesson.id)
    return lesson


async def delete_lesson(session: AsyncSession, *, lesson_id: UUID, by: Principal) -> None:
    """Remove a lesson; again changes nothing. Raises LessonNotFound."""
    lesson = await queries.find_own_lesson(session, lesson_id, author=by.user_id)
    if lesson is None:
        raise LessonNotFound
    if lesson.deleted_at is None:
        lesson.deleted_at = now()
        await ask_recount(session, course_id=lesson.course_id)


async def _check_asset(
    session: AsyncSession, asset_id: UUID | None, lesson_type: LessonType, *, owner: UUID
) -> None:
    """Refuse what is known to be wrong; news of the newest uploads may still be on its way."""
    if asset_id is None:
        return
    if lesson_type not in KINDS:
        raise AssetUnusable("Only videos and documents have a file")
    asset = await find_asset(session, asset_id)
    flaw = flaw_of(asset, lesson_type, owner=owner) if asset is not None else None
    if flaw is not None:
        raise AssetUnusable(flaw)
