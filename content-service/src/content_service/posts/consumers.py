"""Courses and webinars, which get a card in the feed and a place in the search."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from content_service.audience import Audience
from content_service.posts.announcements import Offering, show_offering, withdraw_offering
from content_service.search.models import DocumentKind
from contracts.course import CourseArchived, CoursePublished, CourseUpdated
from contracts.webinar import WebinarCancelled, WebinarRescheduled, WebinarScheduled
from servicekit.fields import from_minor
from servicekit.privacy import find_tombstones, without_erased


async def show_course(
    session: AsyncSession, news: CoursePublished | CourseUpdated | CourseArchived
) -> None:
    """A published course is found and has a card; an archived one has neither."""
    if isinstance(news, CourseArchived):
        gone = Offering(
            kind=DocumentKind.COURSE,
            id=news.course_id,
            version=news.version,
            owner_id=await _owner(session, news.author_id),
            title=news.title,
        )
        await withdraw_offering(session, gone)
        return
    if not await without_erased(session, [news]):
        return
    facts = {
        "title": news.title,
        "slug": news.slug,
        "category": news.category,
        "thumbnail_url": news.thumbnail_url,
        "pricing_type": news.pricing_type,
        "price": from_minor(news.amount_minor),
        "currency": news.currency,
        "author_id": str(news.author_id),
        "author_name": news.person.full_name,
    }
    course = Offering(
        kind=DocumentKind.COURSE,
        id=news.course_id,
        version=news.version,
        owner_id=news.author_id,
        title=news.title,
        description=news.description,
        audience=Audience(news.visibility),
        specialty_tags=news.specialty_tags,
        author=news.person.model_dump(),
        facts=facts,
    )
    await show_offering(session, course)


async def show_webinar(
    session: AsyncSession, news: WebinarScheduled | WebinarRescheduled | WebinarCancelled
) -> None:
    """A scheduled webinar is found and has a card; a cancelled one has neither."""
    if isinstance(news, WebinarCancelled):
        gone = Offering(
            kind=DocumentKind.WEBINAR,
            id=news.webinar_id,
            version=news.version,
            owner_id=await _owner(session, news.host_id),
            title=news.title,
        )
        await withdraw_offering(session, gone)
        return
    if not await without_erased(session, [news]):
        return
    facts = {
        "title": news.title,
        "starts_at": news.starts_at.isoformat(),
        "duration_mins": news.duration_mins,
        "pricing_type": news.pricing_type,
        "price": from_minor(news.amount_minor),
        "currency": news.currency,
        "host_id": str(news.host_id),
        "host_name": news.person.full_name,
    }
    webinar = Offering(
        kind=DocumentKind.WEBINAR,
        id=news.webinar_id,
        version=news.version,
        owner_id=news.host_id,
        title=news.title,
        description=news.description,
        audience=Audience(news.visibility),
        specialty_tags=news.specialty_tags,
        author=news.person.model_dump(),
        facts=facts,
    )
    await show_offering(session, webinar)


async def _owner(session: AsyncSession, user_id: UUID) -> UUID:
    """What somebody offered ends even if they are no more: it is their tombstone's."""
    gone = await find_tombstones(session, [user_id])
    return gone.get(user_id, user_id)
