"""Use cases around seats."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import PricingType
from contracts.payment import EntitlementGranted, EntitlementRevoked, ItemType
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.problems import PaymentRequired
from webinar_service.copies.queries import find_entitlement, keep_entitlement
from webinar_service.registrations import queries
from webinar_service.registrations.errors import HostNeedsNoSeat
from webinar_service.registrations.models import Registration, RegistrationStatus
from webinar_service.registrations.seats import give_back, give_place, promote_waiting
from webinar_service.webinars.errors import WebinarNotOpen
from webinar_service.webinars.models import Webinar
from webinar_service.webinars.queries import (
    find_webinar,
    get_hosted_webinar,
    get_visible_webinar,
)


async def register(
    session: AsyncSession, *, webinar_id: UUID, by: Principal
) -> tuple[Registration, bool]:
    """A seat, or a place in the waiting list when all are taken; and whether that is new.

    Raises WebinarNotFound, WebinarNotOpen, HostNeedsNoSeat, PaymentRequired.
    """
    webinar = await get_visible_webinar(session, webinar_id, viewer=by)
    if webinar.host_id == by.user_id:
        raise HostNeedsNoSeat
    if not webinar.takes_registrations(now()):
        raise WebinarNotOpen
    await _refuse_unpaid(session, webinar, by)
    return await give_place(session, webinar, user_id=by.user_id)


async def _refuse_unpaid(session: AsyncSession, webinar: Webinar, by: Principal) -> None:
    if webinar.pricing_type is not PricingType.PAID:
        return
    paid = await find_entitlement(session, user_id=by.user_id, webinar_id=webinar.id)
    if paid is None or not paid.gives_access:
        raise PaymentRequired(
            item_type="WEBINAR",
            item_id=str(webinar.id),
            amount=webinar.price,
            currency=webinar.currency,
        )


async def unregister(session: AsyncSession, *, webinar_id: UUID, by: Principal) -> None:
    """Give the seat back, even in a webinar that the caller may not find any more.

    Who has waited longest gets it. Whoever has none changes nothing.
    """
    webinar = await find_webinar(session, webinar_id)
    if webinar is not None:
        await give_back(session, webinar, user_id=by.user_id)


async def list_registrations(
    session: AsyncSession,
    *,
    webinar_id: UUID,
    status: RegistrationStatus | None,
    after: UUID | None,
    limit: int,
    by: Principal,
) -> Sequence[Registration]:
    """Who has a seat or waits, for the host. Raises WebinarNotFound."""
    webinar = await get_hosted_webinar(session, webinar_id, by=by)
    return await queries.list_registrations(
        session, webinar_id=webinar.id, status=status, after=after, limit=limit
    )


async def follow_entitlement(
    session: AsyncSession, news: EntitlementGranted | EntitlementRevoked
) -> None:
    """Who has paid for a webinar gets a place in it; who is refunded loses it."""
    if news.item_type is not ItemType.WEBINAR:
        return
    granted = isinstance(news, EntitlementGranted)
    is_news = await keep_entitlement(
        session,
        user_id=news.user_id,
        webinar_id=news.item_id,
        is_open=granted,
        expires_at=news.expires_at if isinstance(news, EntitlementGranted) else None,
        version=news.version,
    )
    webinar = await find_webinar(session, news.item_id) if is_news else None
    if webinar is None:
        return
    if not granted:
        await give_back(session, webinar, user_id=news.user_id)
    elif webinar.takes_registrations(now()) and webinar.host_id != news.user_id:
        await give_place(session, webinar, user_id=news.user_id)


async def promote_one_webinar(session: AsyncSession, *, webinar_id: UUID) -> None:
    """Hand seats on that became free just while somebody began to wait."""
    webinar = await find_webinar(session, webinar_id)
    if webinar is not None:
        await promote_waiting(session, webinar)
