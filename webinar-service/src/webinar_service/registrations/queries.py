"""Finding, locking and listing registrations."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.clock import now
from servicekit.ids import uuid7
from webinar_service.registrations.models import Registration, RegistrationStatus
from webinar_service.webinars.models import Webinar, WebinarStatus


async def lock_registration(
    session: AsyncSession, *, webinar_id: UUID, user_id: UUID
) -> Registration | None:
    """The person's registration, given back or not, locked."""
    found = select(Registration).where(
        Registration.webinar_id == webinar_id, Registration.user_id == user_id
    )
    return await session.scalar(found.with_for_update().execution_options(populate_existing=True))


async def lock_or_add_registration(
    session: AsyncSession, *, webinar_id: UUID, user_id: UUID
) -> Registration:
    """The same; one that is given back is made if there is none."""
    present = now()
    row = insert(Registration).values(
        id=uuid7(),
        webinar_id=webinar_id,
        user_id=user_id,
        status=RegistrationStatus.CANCELLED,
        since=present,
        created_at=present,
        version=0,
    )
    await session.execute(row.on_conflict_do_nothing())
    registration = await lock_registration(session, webinar_id=webinar_id, user_id=user_id)
    if registration is None:
        raise LookupError("a registration cannot disappear")
    return registration


async def take_first_waiting(session: AsyncSession, webinar_id: UUID) -> Registration | None:
    """Who has waited longest, locked; whose row somebody else holds is passed over."""
    found = select(Registration).where(
        Registration.webinar_id == webinar_id,
        Registration.status == RegistrationStatus.WAITLISTED,
    )
    first = found.order_by(Registration.since, Registration.id).limit(1)
    return await session.scalar(first.with_for_update(skip_locked=True))


async def list_waiting_in_vain(session: AsyncSession) -> Sequence[UUID]:
    """Webinars to come with a free seat and somebody who waits for one."""
    found = (
        select(Webinar.id)
        .join(Registration, Registration.webinar_id == Webinar.id)
        .where(
            Registration.status == RegistrationStatus.WAITLISTED,
            Webinar.status == WebinarStatus.SCHEDULED,
            or_(Webinar.capacity.is_(None), Webinar.seats_taken < Webinar.capacity),
        )
    )
    return (await session.scalars(found.distinct())).all()


async def list_registrations(
    session: AsyncSession,
    *,
    webinar_id: UUID,
    status: RegistrationStatus | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Registration]:
    """Who has a seat or waits for one, in the order of registering; or those of one status."""
    found = select(Registration).where(Registration.webinar_id == webinar_id)
    if status is None:
        found = found.where(Registration.status != RegistrationStatus.CANCELLED)
    else:
        found = found.where(Registration.status == status)
    if after is not None:
        found = found.where(Registration.id > after)
    return (await session.scalars(found.order_by(Registration.id).limit(limit))).all()


async def find_states(
    session: AsyncSession, webinar_ids: Sequence[UUID], *, user_id: UUID
) -> dict[UUID, RegistrationStatus]:
    """How the person stands in these webinars; without those where they do not."""
    found = await session.execute(
        select(Registration.webinar_id, Registration.status).where(
            Registration.webinar_id.in_(webinar_ids),
            Registration.user_id == user_id,
            Registration.status != RegistrationStatus.CANCELLED,
        )
    )
    return {webinar_id: status for webinar_id, status in found}  # noqa: C416  (rows are no pairs to mypy)
