"""News that opens, closes or completes an enrollment."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import LessonCompleted
from contracts.payment import EntitlementGranted, EntitlementRevoked, ItemType
from course_service.courses.queries import find_course
from course_service.enrollments import service
from servicekit.messaging import Permanent
from servicekit.privacy import without_erased


async def open_paid_course(session: AsyncSession, granted: EntitlementGranted) -> None:
    """An entitlement to a course is an enrollment; entitlements to anything else are not ours."""
    is_ours = granted.item_type is ItemType.COURSE
    if not is_ours or not await without_erased(session, [granted]):
        return
    if await find_course(session, granted.item_id) is None:
        # Courses are made here: one that is not known will never come.
        raise Permanent("the entitlement is to a course that never existed")
    await service.enroll_entitled(session, granted)


async def close_refunded_course(session: AsyncSession, revoked: EntitlementRevoked) -> None:
    """Without an entitlement to a paid course there is no access to it."""
    if not await without_erased(session, [revoked]):
        return
    if revoked.item_type is ItemType.COURSE:
        await service.close_unentitled(session, revoked)


async def count_finished_lesson(session: AsyncSession, finished: LessonCompleted) -> None:
    """Whoever has finished every lesson has finished the course."""
    if not await without_erased(session, [finished]):
        return
    await service.count_progress(session, enrollment_id=finished.enrollment_id)
