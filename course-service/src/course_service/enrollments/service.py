"""Joining, leaving and finishing a course."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import PricingType
from contracts.payment import EntitlementGranted, EntitlementRevoked
from course_service.courses.models import Course
from course_service.courses.queries import get_visible_course
from course_service.enrollments import queries
from course_service.enrollments.errors import AccessCodeWrong, CourseClosed, LessonElsewhere
from course_service.enrollments.events import beginning_of, cancellation_of, completion_of
from course_service.enrollments.models import Admission, Enrollment
from course_service.enrollments.schemas import EnrollIn, ResumeIn
from course_service.lessons.queries import get_lesson
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.messaging import publish
from servicekit.problems import PaymentRequired


async def enroll(
    session: AsyncSession, *, course_id: UUID, body: EnrollIn, by: Principal
) -> tuple[Enrollment, bool]:
    """Let the caller in, and say whether access began just now.

    A free course opens at once, a paid one by an entitlement. Coming again changes nothing.
    Raises CourseNotFound, CourseClosed, AccessCodeWrong, PaymentRequired.
    """
    present = await queries.find_open_enrollment(session, user_id=by.user_id, course_id=course_id)
    if present is not None:
        return present, False

    course = await get_visible_course(session, course_id, viewer=by)
    if not course.is_listed:
        raise CourseClosed
    if course.access_code and not _is_code(course.access_code, body.access_code):
        raise AccessCodeWrong

    how = await _admission(session, course, user_id=by.user_id)
    return await _take_seat(session, course, how=how, by=by)


async def enroll_paid(
    session: AsyncSession, *, course_id: UUID, by: Principal
) -> tuple[Enrollment, bool]:
    """Let the caller in if an entitlement is known here, whatever the client believes to have paid.

    A course that costs nothing is joined as by `enroll` without a code. Raises CourseNotFound,
    CourseClosed, AccessCodeWrong, PaymentRequired.
    """
    present = await queries.find_open_enrollment(session, user_id=by.user_id, course_id=course_id)
    if present is not None:
        return present, False
    course = await get_visible_course(session, course_id, viewer=by)
    how = await _admission(session, course, user_id=by.user_id)
    if how is Admission.FREE:
        return await enroll(session, course_id=course_id, body=EnrollIn(), by=by)
    return await _take_seat(session, course, how=how, by=by)


async def enroll_entitled(session: AsyncSession, granted: EntitlementGranted) -> None:
    """Let a learner in whose entitlement has arrived; a revocation that overtook it wins."""
    newest = await queries.keep_entitlement(
        session,
        granted.entitlement_id,
        of=(granted.user_id, granted.item_id),
        version=granted.version,
        expires_at=granted.expires_at,
    )
    if newest:
        enrollment = await queries.lock_seat(
            session, user_id=granted.user_id, course_id=granted.item_id
        )
        await _open(session, enrollment, how=Admission.ENTITLEMENT)


async def close_unentitled(session: AsyncSession, revoked: EntitlementRevoked) -> None:
    """End the access that an entitlement gave, unless another one still gives it."""
    learner, course = revoked.user_id, revoked.item_id
    await queries.keep_entitlement(
        session,
        revoked.entitlement_id,
        of=(learner, course),
        version=revoked.version,
        revoked_at=revoked.happened_at,
    )
    seat = await queries.find_open_enrollment(session, user_id=learner, course_id=course)
    if seat is None or seat.how is not Admission.ENTITLEMENT:
        return
    if await queries.is_entitled(session, user_id=learner, course_id=course, at=now()):
        return

    enrollment = await queries.lock_enrollment(session, seat.id)
    if enrollment.close(now()):
        publish(session, cancellation_of(enrollment, cause="ENTITLEMENT_REVOKED"))


async def leave(session: AsyncSession, *, enrollment_id: UUID, by: Principal) -> None:
    """End the caller's own access; again changes nothing. Raises EnrollmentNotFound."""
    enrollment = await queries.lock_enrollment(session, enrollment_id, owner=by.user_id)
    if enrollment.close(now()):
        publish(session, cancellation_of(enrollment, cause="LEFT"))


async def remember_place(
    session: AsyncSession, *, enrollment_id: UUID, body: ResumeIn, by: Principal
) -> Enrollment:
    """Note where the caller stopped. Raises EnrollmentNotFound, LessonNotFound, LessonElsewhere."""
    enrollment = await queries.lock_enrollment(session, enrollment_id, owner=by.user_id)
    lesson = await get_lesson(session, body.last_lesson_id)
    if lesson.course_id != enrollment.course_id:
        raise LessonElsewhere
    enrollment.last_lesson_id = lesson.id
    enrollment.last_position_secs = body.last_position_secs
    return enrollment


async def count_progress(session: AsyncSession, *, enrollment_id: UUID) -> None:
    """Count the finished lessons anew, and complete the enrollment when none is left."""
    await _count(session, [await queries.lock_enrollment(session, enrollment_id)])


async def recount_next(session: AsyncSession, *, limit: int) -> bool:
    """Count the next `limit` enrollments of a course whose lessons changed. False if none waits."""
    recount = await queries.lock_next_recount(session)
    if recount is None:
        return False
    enrollments = await queries.lock_learning(
        session, course_id=recount.course_id, after=recount.after, limit=limit
    )
    await _count(session, enrollments)

    if len(enrollments) < limit:
        await session.delete(recount)
    else:
        recount.after, recount.queued_at = enrollments[-1].id, now()
    return True


async def _count(session: AsyncSession, locked: Sequence[Enrollment]) -> None:
    standings = await queries.get_standings(session, locked)
    for enrollment in locked:
        standing = standings[enrollment.id]
        if standing.total == 0:
            continue
        enrollment.advance(100 * standing.done // standing.total)
        if standing.done == standing.total and enrollment.complete(
            score_pct=standing.score_pct, at=now()
        ):
            publish(session, completion_of(enrollment))


async def _admission(session: AsyncSession, course: Course, *, user_id: UUID) -> Admission:
    if course.pricing_type is not PricingType.PAID:
        return Admission.FREE
    if await queries.is_entitled(session, user_id=user_id, course_id=course.id, at=now()):
        return Admission.ENTITLEMENT
    raise PaymentRequired(
        item_type="COURSE", item_id=str(course.id), amount=course.price, currency=course.currency
    )


async def _take_seat(
    session: AsyncSession, course: Course, *, how: Admission, by: Principal
) -> tuple[Enrollment, bool]:
    enrollment = await queries.lock_seat(session, user_id=by.user_id, course_id=course.id)
    began = not enrollment.is_open
    await _open(session, enrollment, how=how)
    return enrollment, began


async def _open(session: AsyncSession, enrollment: Enrollment, *, how: Admission) -> None:
    if enrollment.begin(how=how, at=now()):
        publish(session, beginning_of(enrollment))
    else:
        # Whoever comes back may have finished meanwhile: the last lesson was heard of too late,
        # or what was missing is no part of the course any more.
        await _count(session, [enrollment])


def _is_code(wanted: str, given: str | None) -> bool:
    return secrets.compare_digest(wanted.encode(), (given or "").encode())
