"""Routes of courses."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from course_service.courses import queries, service
from course_service.courses.models import Course
from course_service.courses.schemas import (
    CourseDetailOut,
    CourseFilter,
    CourseIn,
    CourseOut,
    CoursePatch,
    StatusPatch,
)
from course_service.lessons.queries import list_outline
from servicekit.access import Caller, Instructor, MaybeCaller, Principal
from servicekit.pagination import Page, decode_id, page_of
from servicekit.web.app import Tx
from servicekit.web.etags import IfMatch, etag_of

router = APIRouter(prefix="/lms/courses", tags=["courses"])


@router.get("")
async def list_courses(
    caller: MaybeCaller, tx: Tx, wanted: Annotated[CourseFilter, Query()]
) -> Page[CourseOut]:
    """Published courses that the caller may see, newest first."""
    return await _page(tx, caller, wanted)


@router.get("/author/{author_id}")
async def list_courses_of_author(
    author_id: UUID, caller: MaybeCaller, tx: Tx, wanted: Annotated[CourseFilter, Query()]
) -> Page[CourseOut]:
    """An author's published courses; authors see their drafts and archived ones too."""
    return await _page(tx, caller, wanted.model_copy(update={"author_id": author_id}))


@router.get("/slug/{slug}", response_model=CourseOut)
async def get_course_by_slug(slug: str, caller: MaybeCaller, tx: Tx, response: Response) -> Course:
    """One course by its slug."""
    return _tagged(response, await queries.get_course_by_slug(tx, slug, viewer=caller))


@router.get("/{course_id}", response_model=CourseOut)
async def get_course(course_id: UUID, caller: MaybeCaller, tx: Tx, response: Response) -> Course:
    """One course."""
    return _tagged(response, await queries.get_visible_course(tx, course_id, viewer=caller))


@router.get("/{course_id}/detail")
async def get_course_detail(
    course_id: UUID, caller: MaybeCaller, tx: Tx, response: Response
) -> CourseDetailOut:
    """One course with its modules and lessons, in their order."""
    course = await queries.get_visible_course(tx, course_id, viewer=caller)
    modules = await list_outline(tx, course_id=course.id)
    _tagged(response, course)
    whole = CourseOut.model_validate(course).model_dump()
    return CourseDetailOut.model_validate({**whole, "modules": modules}, from_attributes=True)


@router.post("", status_code=201, response_model=CourseOut)
async def create_course(body: CourseIn, caller: Instructor, tx: Tx, response: Response) -> Course:
    """Begin a course as a draft of the caller's."""
    course = await service.create_course(tx, body=body, by=caller)
    response.headers["Location"] = f"/api/v1/lms/courses/{course.id}"
    return _tagged(response, course)


@router.patch("/{course_id}", response_model=CourseOut)
async def update_course(
    course_id: UUID,
    body: CoursePatch,
    caller: Caller,
    tx: Tx,
    response: Response,
    if_match: IfMatch = None,
) -> Course:
    """Change the fields sent. Stale `If-Match`: 412."""
    course = await service.update_course(
        tx, course_id=course_id, body=body, if_match=if_match, by=caller
    )
    return _tagged(response, course)


@router.delete("/{course_id}", status_code=204)
async def delete_course(course_id: UUID, caller: Caller, tx: Tx) -> None:
    """Remove the caller's own course, as long as nobody learns in it; 204 again afterwards."""
    await service.delete_course(tx, course_id=course_id, by=caller)


@router.patch("/{course_id}/status", response_model=CourseOut)
async def set_course_status(
    course_id: UUID, body: StatusPatch, caller: Caller, tx: Tx, response: Response
) -> Course:
    """Publish or archive; a published course does not become a draft again."""
    course = await service.set_course_status(tx, course_id=course_id, status=body.status, by=caller)
    return _tagged(response, course)


@router.post("/{course_id}/publish", response_model=CourseOut)
async def publish_course(course_id: UUID, caller: Caller, tx: Tx, response: Response) -> Course:
    """Open the course. 409 `course-not-ready` lists what it lacks."""
    return _tagged(response, await service.publish_course(tx, course_id=course_id, by=caller))


@router.post("/{course_id}/archive", response_model=CourseOut)
async def archive_course(course_id: UUID, caller: Caller, tx: Tx, response: Response) -> Course:
    """Take the course out of the catalogue; those inside go on."""
    return _tagged(response, await service.archive_course(tx, course_id=course_id, by=caller))


def _tagged(response: Response, course: Course) -> Course:
    response.headers["ETag"] = etag_of(course.version)
    return course


async def _page(tx: Tx, caller: Principal | None, wanted: CourseFilter) -> Page[CourseOut]:
    rows = await queries.list_courses(
        tx, viewer=caller, wanted=wanted, after=decode_id(wanted.cursor)
    )
    items, next_cursor = page_of(rows, wanted.limit, lambda course: (course.id,))
    return Page(items=[CourseOut.model_validate(each) for each in items], next_cursor=next_cursor)
