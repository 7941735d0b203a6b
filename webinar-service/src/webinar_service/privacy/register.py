"""What webinar-service holds of people, and what becomes of it."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.clock import now
from servicekit.messaging import publish
from servicekit.privacy import Erased, Register, erased, kept
from webinar_service.copies.models import Person, WebinarEntitlement
from webinar_service.registrations.models import Registration, RegistrationStatus
from webinar_service.registrations.seats import give_back
from webinar_service.webinars.events import cancellation_of
from webinar_service.webinars.models import Webinar


async def call_webinars_off(session: AsyncSession, who: Erased) -> Mapping[str, int]:
    """Nobody is left to hold what was planned: it is called off, and whoever paid is refunded."""
    mine = select(Webinar).where(Webinar.host_id == who.user_id).order_by(Webinar.id)
    webinars = (await session.scalars(mine.with_for_update())).all()
    for webinar in webinars:
        webinar.host_id, webinar.speakers = who.tombstone_id, []
        if webinar.deleted_at is None and webinar.cancel(now()):
            publish(session, cancellation_of(webinar, cancelled_by=who.tombstone_id))
    await session.flush()
    return {"webinars": len(webinars)}


async def free_seats(session: AsyncSession, who: Erased) -> Mapping[str, int]:
    """Seats in what is still to come are handed on."""
    taken = select(Webinar, Registration).where(
        Registration.webinar_id == Webinar.id,
        Registration.user_id == who.user_id,
        Registration.status != RegistrationStatus.CANCELLED,
    )
    for webinar, _ in (await session.execute(taken)).all():
        if webinar.takes_registrations(now()):
            await give_back(session, webinar, user_id=who.user_id)
    await session.flush()
    return {}


REGISTER = Register(
    before=(call_webinars_off, free_seats),
    holdings=(
        kept(Registration, "user_id", why="how many had a seat is counted for the host"),
        erased(WebinarEntitlement, "user_id"),
        erased(Person, "user_id"),
    ),
    not_personal=frozenset(
        {
            # What was announced; `call_webinars_off` takes its host and speakers away.
            "webinars",
        }
    ),
)
