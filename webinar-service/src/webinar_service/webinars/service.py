"""Scheduling, changing and calling off webinars."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import PricingType
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.fields import to_minor
from servicekit.messaging import publish
from servicekit.problems import ValidationFailed, not_yet_supported
from servicekit.web.etags import refuse_stale
from webinar_service.copies.queries import find_people
from webinar_service.registrations.seats import promote_waiting
from webinar_service.webinars import queries
from webinar_service.webinars.errors import (
    CapacityTooSmall,
    WebinarHasRegistrations,
    WebinarInThePast,
    WebinarNotOpen,
)
from webinar_service.webinars.events import (
    cancellation_of,
    change_of,
    deletion_of,
    schedule_of,
)
from webinar_service.webinars.models import Webinar, WebinarStatus
from webinar_service.webinars.schemas import WebinarIn, WebinarPatch

RESCHEDULING = {"starts_at", "duration_mins"}
ANNOUNCED = RESCHEDULING | {
    "title",
    "description",
    "pricing_type",
    "amount_minor",
    "currency",
    "visibility",
    "specialty_tags",
}
LEAST_MINOR = 100


async def schedule_webinar(session: AsyncSession, *, body: WebinarIn, by: Principal) -> Webinar:
    """Announce a webinar of the caller's. Raises WebinarInThePast, NotYetSupported."""
    present = now()
    webinar = Webinar(
        **body.model_dump(mode="python", exclude={"price", "speakers"}),
        speakers=body.model_dump(mode="json")["speakers"],
        amount_minor=0 if body.price is None else to_minor(body.price),
        host_id=by.user_id,
        status=WebinarStatus.SCHEDULED,
        seats_taken=0,
        sequence=0,
        version=1,
        created_at=present,
        updated_at=present,
    )
    _refuse_unsound(webinar)
    if webinar.starts_at <= present:
        raise WebinarInThePast
    session.add(webinar)
    people = await find_people(session, [webinar.host_id])
    publish(session, schedule_of(webinar, people.get(webinar.host_id)))
    return webinar


async def update_webinar(
    session: AsyncSession,
    *,
    webinar_id: UUID,
    body: WebinarPatch,
    if_match: str | None,
    by: Principal,
) -> Webinar:
    """Change the fields sent; what catalogue and calendars show is announced.

    More seats go to those who wait. Raises WebinarNotFound, PreconditionFailed, WebinarNotOpen,
    WebinarInThePast, CapacityTooSmall.
    """
    webinar = await queries.lock_hosted_webinar(session, webinar_id, by=by)
    refuse_stale(if_match, webinar.version)
    if webinar.status is not WebinarStatus.SCHEDULED:
        raise WebinarNotOpen
    changed = _apply(webinar, _columns_of(body))
    _refuse_unsound(webinar)
    if "starts_at" in changed and webinar.starts_at <= now():
        raise WebinarInThePast
    if webinar.capacity is not None and webinar.capacity < webinar.seats_taken:
        raise CapacityTooSmall(seats_taken=webinar.seats_taken)
    if not changed:
        return webinar

    webinar.updated_at = now()
    webinar.version += 1
    webinar.sequence += bool(changed & RESCHEDULING)
    # What a moderator changes is always told: the audit trail lives on it.
    if changed & ANNOUNCED or by.user_id != webinar.host_id:
        host = (await find_people(session, [webinar.host_id])).get(webinar.host_id)
        publish(session, change_of(webinar, host, changed_by=by.user_id))
    if "capacity" in changed:
        await session.flush()
        await promote_waiting(session, webinar)
        await session.refresh(webinar, ["seats_taken"])
    return webinar


def _columns_of(body: WebinarPatch) -> dict[str, Any]:
    columns = body.sent()
    if "price" in columns:
        price = columns.pop("price")
        columns["amount_minor"] = 0 if price is None else to_minor(price)
    elif columns.get("pricing_type") is PricingType.FREE:
        columns["amount_minor"] = 0
    if "speakers" in columns:
        columns["speakers"] = body.model_dump(mode="json")["speakers"]
    return columns


def _apply(webinar: Webinar, columns: dict[str, Any]) -> set[str]:
    changed = {name for name, value in columns.items() if getattr(webinar, name) != value}
    for name in changed:
        setattr(webinar, name, columns[name])
    return changed


def _refuse_unsound(webinar: Webinar) -> None:
    if webinar.pricing_type is PricingType.FREE_PLUS_CERTIFICATE:
        raise not_yet_supported("pricing_type")
    is_paid = webinar.pricing_type is PricingType.PAID
    if is_paid and webinar.amount_minor < LEAST_MINOR:
        detail = "a paid webinar needs a price of at least 1.00"
        raise ValidationFailed(errors=[{"pointer": "/price", "detail": detail}])
    if not is_paid and webinar.amount_minor:
        detail = "a free webinar has no price"
        raise ValidationFailed(errors=[{"pointer": "/price", "detail": detail}])


async def cancel_webinar(session: AsyncSession, *, webinar_id: UUID, by: Principal) -> Webinar:
    """Call it off; whoever paid gets the money back. Repeating it changes nothing.

    Raises WebinarNotFound, WebinarNotOpen when it has begun.
    """
    webinar = await queries.lock_hosted_webinar(session, webinar_id, by=by)
    if webinar.cancel(now()):
        publish(session, cancellation_of(webinar, cancelled_by=by.user_id))
    elif webinar.status is not WebinarStatus.CANCELLED:
        raise WebinarNotOpen
    return webinar


async def delete_webinar(session: AsyncSession, *, webinar_id: UUID, by: Principal) -> None:
    """Remove a webinar that nobody is registered for; repeating it changes nothing.

    Raises WebinarNotFound, WebinarHasRegistrations.
    """
    webinar = await queries.lock_hosted_webinar(session, webinar_id, by=by, deleted=True)
    if webinar.deleted_at is not None:
        return
    if webinar.seats_taken and webinar.status is WebinarStatus.SCHEDULED:
        raise WebinarHasRegistrations(seats_taken=webinar.seats_taken)
    if webinar.cancel(now()):
        publish(session, cancellation_of(webinar, cancelled_by=by.user_id))
    webinar.deleted_at = now()
    webinar.version += 1
    publish(session, deletion_of(webinar, deleted_by=by.user_id))
