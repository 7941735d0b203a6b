"""How the catalogue hears of courses and webinars."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import CourseArchived, CourseFacts
from contracts.payment import ItemType
from contracts.webinar import WebinarCancelled, WebinarFacts
from payment_service.catalogue import queries
from payment_service.catalogue.models import ItemStatus
from servicekit.privacy import find_tombstones


async def keep_course(session: AsyncSession, course: CourseFacts | CourseArchived) -> None:
    """Price, title and visibility of a published course; an archived one is not sold any more."""
    if isinstance(course, CourseArchived):
        await queries.close_item(
            session, item_type=ItemType.COURSE, item_id=course.course_id, version=course.version
        )
        return
    await queries.keep_item(
        session,
        item_type=ItemType.COURSE,
        item_id=course.course_id,
        title=course.title,
        owner_id=await _owner(session, course.author_id),
        amount_minor=course.amount_minor,
        currency=course.currency,
        visibility=course.visibility,
        status=ItemStatus.OPEN,
        version=course.version,
    )


async def keep_webinar(session: AsyncSession, webinar: WebinarFacts | WebinarCancelled) -> None:
    """Price, title and visibility of a scheduled webinar; a cancelled one is not sold any more."""
    if isinstance(webinar, WebinarCancelled):
        await queries.close_item(
            session, item_type=ItemType.WEBINAR, item_id=webinar.webinar_id, version=webinar.version
        )
        return
    await queries.keep_item(
        session,
        item_type=ItemType.WEBINAR,
        item_id=webinar.webinar_id,
        title=webinar.title,
        owner_id=await _owner(session, webinar.host_id),
        amount_minor=webinar.amount_minor,
        currency=webinar.currency,
        visibility=webinar.visibility,
        status=ItemStatus.OPEN,
        version=webinar.version,
    )


async def _owner(session: AsyncSession, user_id: UUID) -> UUID:
    """What somebody offers outlives them: it is their tombstone's, and its end finds it."""
    gone = await find_tombstones(session, [user_id])
    return gone.get(user_id, user_id)
