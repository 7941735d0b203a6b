"""Routes of enrollments."""

import logging
from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from course_service.bodies import refuse_unbuilt
from course_service.courses.queries import get_own_course
from course_service.enrollments import queries, service
from course_service.enrollments.models import Enrollment
from course_service.enrollments.schemas import EnrollIn, EnrollmentOut, PaidEnrollIn, ResumeIn
from servicekit.access import Caller
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx
from servicekit.web.idempotency import OncePerKey
from servicekit.web.limits import RequestLimiter

log = logging.getLogger(__name__)

router = APIRouter(prefix="/lms", tags=["enrollments"])


@router.post("/courses/{course_id}/enroll", status_code=201, response_model=EnrollmentOut)
async def enroll(
    course_id: UUID,
    caller: Caller,
    limiter: RequestLimiter,
    once: OncePerKey,
    tx: Tx,
    body: EnrollIn | None = None,
) -> Response:
    """Join a course: 201 when access begins, 200 when the caller was in already.

    A paid course without an entitlement answers 402 `payment-required` with what to order.
    """
    body = body or EnrollIn()
    refuse_unbuilt(body, ("answers",))
    if body.access_code:
        await limiter.hit("access-code", str(caller.user_id), "10/minute")
    enrollment, began = await service.enroll(tx, course_id=course_id, body=body, by=caller)
    return await once.answer(
        tx,
        EnrollmentOut.model_validate(enrollment),
        status=201 if began else 200,
        location=f"/api/v1/lms/enrollments/{enrollment.id}",
    )


@router.post("/courses/{course_id}/enroll/paid", status_code=201, response_model=EnrollmentOut)
async def enroll_paid(
    course_id: UUID, body: PaidEnrollIn, caller: Caller, once: OncePerKey, tx: Tx
) -> Response:
    """Join a course that was paid for. The entitlement decides, not the payment id: else 402."""
    log.info("a payment is claimed", extra={"payment_id": body.payment_id})
    enrollment, began = await service.enroll_paid(tx, course_id=course_id, by=caller)
    return await once.answer(
        tx,
        EnrollmentOut.model_validate(enrollment),
        status=201 if began else 200,
        location=f"/api/v1/lms/enrollments/{enrollment.id}",
    )


@router.get("/enrollments/me")
async def list_my_enrollments(
    caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> Page[EnrollmentOut]:
    """The caller's enrollments, newest first."""
    rows = await queries.list_enrollments(
        tx, user_id=caller.user_id, after=decode_id(cursor), limit=limit
    )
    return _page(rows, limit)


@router.get("/enrollments/{enrollment_id}", response_model=EnrollmentOut)
async def get_enrollment(enrollment_id: UUID, caller: Caller, tx: Tx) -> Enrollment:
    """One enrollment, for its learner and for the author of the course."""
    return await queries.get_enrollment(tx, enrollment_id, viewer=caller.user_id)


@router.delete("/enrollments/{enrollment_id}", status_code=204)
async def leave(enrollment_id: UUID, caller: Caller, tx: Tx) -> None:
    """Leave the course; 204 again afterwards. What was learned is kept for a return."""
    await service.leave(tx, enrollment_id=enrollment_id, by=caller)


@router.get("/courses/{course_id}/enrollments")
async def list_enrollments_of_course(
    course_id: UUID, caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> Page[EnrollmentOut]:
    """Everybody in the caller's own course, newest first."""
    course = await get_own_course(tx, course_id, author=caller.user_id)
    rows = await queries.list_enrollments_of_course(
        tx, course_id=course.id, after=decode_id(cursor), limit=limit
    )
    return _page(rows, limit)


@router.post("/enrollments/{enrollment_id}/resume", response_model=EnrollmentOut)
async def remember_place(enrollment_id: UUID, body: ResumeIn, caller: Caller, tx: Tx) -> Enrollment:
    """Note where the caller stopped; the player starts there next time."""
    return await service.remember_place(tx, enrollment_id=enrollment_id, body=body, by=caller)


def _page(rows: Sequence[Enrollment], limit: int) -> Page[EnrollmentOut]:
    items, next_cursor = page_of(rows, limit, lambda enrollment: (enrollment.id,))
    return Page(
        items=[EnrollmentOut.model_validate(each) for each in items], next_cursor=next_cursor
    )
