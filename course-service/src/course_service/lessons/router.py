"""Routes of modules and lessons."""

from uuid import UUID

from fastapi import APIRouter, Response

from course_service.lessons import service
from course_service.lessons.models import Lesson, Module
from course_service.lessons.queries import get_learnable_lesson
from course_service.lessons.schemas import (
    LessonIn,
    LessonOut,
    LessonPatch,
    ModuleIn,
    ModuleOut,
    ModulePatch,
    ModulesOrderIn,
)
from servicekit.access import Caller
from servicekit.web.app import Tx
from servicekit.web.etags import IfMatch, etag_of

router = APIRouter(prefix="/lms", tags=["lessons"])


@router.post("/courses/{course_id}/modules", status_code=201, response_model=ModuleOut)
async def create_module(
    course_id: UUID, body: ModuleIn, caller: Caller, tx: Tx, response: Response
) -> Module:
    """Add a module to the caller's own course."""
    module = await service.create_module(tx, course_id=course_id, body=body, by=caller)
    response.headers["Location"] = f"/api/v1/lms/modules/{module.id}"
    return module


@router.patch("/courses/{course_id}/modules/reorder", response_model=list[ModuleOut])
async def reorder_modules(
    course_id: UUID, body: ModulesOrderIn, caller: Caller, tx: Tx
) -> list[Module]:
    """Put the modules into the order in which `module_ids` names them."""
    return await service.reorder_modules(
        tx, course_id=course_id, module_ids=body.module_ids, by=caller
    )


@router.patch("/modules/{module_id}", response_model=ModuleOut)
async def update_module(module_id: UUID, body: ModulePatch, caller: Caller, tx: Tx) -> Module:
    """Change the fields sent."""
    return await service.update_module(tx, module_id=module_id, body=body, by=caller)


@router.delete("/modules/{module_id}", status_code=204)
async def delete_module(module_id: UUID, caller: Caller, tx: Tx) -> None:
    """Remove the module and its lessons; 204 again afterwards."""
    await service.delete_module(tx, module_id=module_id, by=caller)


@router.post("/modules/{module_id}/lessons", status_code=201, response_model=LessonOut)
async def create_lesson(
    module_id: UUID, body: LessonIn, caller: Caller, tx: Tx, response: Response
) -> Lesson:
    """Add a lesson to the caller's own module."""
    lesson = await service.create_lesson(tx, module_id=module_id, body=body, by=caller)
    response.headers["Location"] = f"/api/v1/lms/lessons/{lesson.id}"
    return _tagged(response, lesson)


@router.get("/lessons/{lesson_id}", response_model=LessonOut)
async def get_lesson(lesson_id: UUID, caller: Caller, tx: Tx, response: Response) -> Lesson:
    """A lesson with its content, for its author, for learners and, as a preview, for others."""
    return _tagged(response, await get_learnable_lesson(tx, lesson_id, viewer=caller))


@router.patch("/lessons/{lesson_id}", response_model=LessonOut)
async def update_lesson(
    lesson_id: UUID,
    body: LessonPatch,
    caller: Caller,
    tx: Tx,
    response: Response,
    if_match: IfMatch = None,
) -> Lesson:
    """Change the fields sent. Stale `If-Match`: 412."""
    lesson = await service.update_lesson(
        tx, lesson_id=lesson_id, body=body, if_match=if_match, by=caller
    )
    return _tagged(response, lesson)


@router.delete("/lessons/{lesson_id}", status_code=204)
async def delete_lesson(lesson_id: UUID, caller: Caller, tx: Tx) -> None:
    """Remove the lesson; 204 again afterwards."""
    await service.delete_lesson(tx, lesson_id=lesson_id, by=caller)


def _tagged(response: Response, lesson: Lesson) -> Lesson:
    response.headers["ETag"] = etag_of(lesson.version)
    return lesson
