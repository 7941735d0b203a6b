"""Writing deliveries down, and what an attempt came to."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.notification import NotificationFailed
from notification_service.deliveries.models import Delivery, DeliveryStatus
from notification_service.deliveries.queries import claim_due, lock_delivery
from notification_service.notifications.models import Channel
from servicekit.clock import now
from servicekit.messaging import publish

DELAYS_SECS = (5, 30, 120, 600, 3600, 6 * 3600)
LEASE_SECS = 60


async def take_due(session: AsyncSession, *, channel: Channel, limit: int) -> Sequence[Delivery]:
    """The deliveries to try now, held for a minute: a sender that dies costs no more."""
    present = now()
    until = present + timedelta(seconds=LEASE_SECS)
    return await claim_due(session, channel=channel, at=present, until=until, limit=limit)


async def record_sent(session: AsyncSession, *, delivery_id: UUID) -> None:
    """It went out. Repeating it changes nothing."""
    delivery = await lock_delivery(session, delivery_id)
    if delivery.status is DeliveryStatus.PENDING:
        delivery.close(DeliveryStatus.SENT, at=now())


async def record_skipped(session: AsyncSession, *, delivery_id: UUID, cause: str) -> None:
    """There was nowhere to send it."""
    delivery = await lock_delivery(session, delivery_id)
    if delivery.status is DeliveryStatus.PENDING:
        delivery.close(DeliveryStatus.SKIPPED, at=now(), cause=cause)


async def record_refused(session: AsyncSession, *, delivery_id: UUID, cause: str) -> None:
    """The provider will never take it: given up, and said so."""
    delivery = await lock_delivery(session, delivery_id)
    if delivery.status is DeliveryStatus.PENDING:
        _give_up(session, delivery, cause)


async def record_failure(
    session: AsyncSession, *, delivery_id: UUID, cause: str, wait_secs: float | None = None
) -> None:
    """An attempt failed; another follows after `wait_secs` or the next delay, or it is given up."""
    delivery = await lock_delivery(session, delivery_id)
    if delivery.status is not DeliveryStatus.PENDING:
        return
    too_late = delivery.expires_at is not None and delivery.expires_at <= now()
    if delivery.attempts > len(DELAYS_SECS) or too_late:
        _give_up(session, delivery, cause)
        return
    delay = wait_secs or DELAYS_SECS[delivery.attempts - 1]
    delivery.due_at, delivery.cause = now() + timedelta(seconds=delay), cause


def _give_up(session: AsyncSession, delivery: Delivery, cause: str) -> None:
    delivery.close(DeliveryStatus.FAILED, at=now(), cause=cause)
    publish(
        session,
        NotificationFailed(
            version=delivery.version,
            delivery_id=delivery.id,
            notification_id=delivery.notification_id,
            user_id=delivery.user_id,
            channel="PUSH" if delivery.channel is Channel.PUSH else "EMAIL",
            cause=cause,
        ),
    )
