"""Taking, giving back and handing on seats.

A person's registration is locked before the webinar's counter changes, and those who wait are
passed over while somebody holds their row: nobody waits for each other, and a sweep finds the rest.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.clock import now
from servicekit.messaging import publish
from webinar_service.registrations import queries
from webinar_service.registrations.events import promotion_of, return_of, seat_of
from webinar_service.registrations.models import Registration, RegistrationStatus
from webinar_service.webinars.models import Webinar
from webinar_service.webinars.queries import free_seat, take_seat


async def give_place(
    session: AsyncSession, webinar: Webinar, *, user_id: UUID
) -> tuple[Registration, bool]:
    """A seat if one is left, else a place in the waiting list; and whether that is new."""
    registration = await queries.lock_or_add_registration(
        session, webinar_id=webinar.id, user_id=user_id
    )
    if registration.is_active:
        return registration, False
    present = now()
    if await take_seat(session, webinar.id):
        registration.become(RegistrationStatus.REGISTERED, present)
        publish(session, seat_of(webinar, registration))
    else:
        registration.become(RegistrationStatus.WAITLISTED, present)
    await session.flush()
    return registration, True


async def give_back(session: AsyncSession, webinar: Webinar, *, user_id: UUID) -> None:
    """Free the person's seat or place in the waiting list; repeating it changes nothing."""
    registration = await queries.lock_registration(session, webinar_id=webinar.id, user_id=user_id)
    if registration is None or not registration.is_active:
        return
    had_seat = registration.status is RegistrationStatus.REGISTERED
    registration.become(RegistrationStatus.CANCELLED, now())
    if not had_seat:
        return
    publish(session, return_of(webinar, registration))
    await session.flush()
    await free_seat(session, webinar.id)
    await promote_waiting(session, webinar)


async def promote_waiting(session: AsyncSession, webinar: Webinar) -> None:
    """Hand the seats that are left to those who have waited longest."""
    if not webinar.takes_registrations(now()):
        return
    while (waiting := await queries.take_first_waiting(session, webinar.id)) is not None:
        if not await take_seat(session, webinar.id):
            return
        waiting.become(RegistrationStatus.REGISTERED, now())
        publish(session, promotion_of(webinar, waiting))
        await session.flush()
