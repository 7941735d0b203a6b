"""Writing deliveries down, and what an attempt came to."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.notification import NotificationFailed
from notification_service.deliveries.models import Delivery, DeliveryStatus
from notification_service.deliveries.queries import claim_due, find_pending
from notification_service.notifications.models import Channel
from servicekit.clock import now
from servicekit.messaging import publish

DELAYS_SECS = (5, 30, 120, 600, 3600, 6 * 3600)
LEASE_SECS = 60
_CHANNELS: dict[Channel, Literal["PUSH", "EMAIL", "SMS"]] = {
    Channel.PUSH: "PUSH",
    Channel.EMAIL: "EMAIL",
    Channel.SMS: "SMS",
}

log = logging.getLogger(__name__)


async def take_due(session: AsyncSession, *, channel: Channel, limit: int) -> Sequence[Delivery]:
    """The deliveries to try now, held for a minute: a sender that dies costs no more.

    What nobody could use any more is given up instead.
    """
    present = now()
    until = present + timedelta(seconds=LEASE_SECS)
    due = await claim_due(session, channel=channel, at=present, until=until, limit=limit)
    for late in (one for one in due if one.is_late(present)):
        _give_up(session, late, late.cause or "expired")
    return [one for one in due if not one.is_late(present)]


async def record_sent(session: AsyncSession, *, delivery_id: UUID) -> None:
    """It went out. Repeating it changes nothing."""
    delivery = await find_pending(session, delivery_id)
    if delivery is not None:
        delivery.close(DeliveryStatus.SENT, at=now())


async def record_skipped(session: AsyncSession, *, delivery_id: UUID, cause: str) -> None:
    """There was nowhere to send it."""
    delivery = await find_pending(session, delivery_id)
    if delivery is not None:
        delivery.close(DeliveryStatus.SKIPPED, at=now(), cause=cause)


async def record_refused(session: AsyncSession, *, delivery_id: UUID, cause: str) -> None:
    """The provider will never take it: given up, and said so."""
    delivery = await find_pending(session, delivery_id)
    if delivery is not None:
        _give_up(session, delivery, cause)


async def record_failure(
    session: AsyncSession, *, delivery_id: UUID, cause: str, wait_secs: float | None = None
) -> None:
    """An attempt failed; another follows after `wait_secs` or the next delay, or it is given up."""
    delivery = await find_pending(session, delivery_id)
    if delivery is None:
        return
    if delivery.attempts > len(DELAYS_SECS) or delivery.is_late(now()):
        _give_up(session, delivery, cause)
        return
    delay = wait_secs or DELAYS_SECS[delivery.attempts - 1]
    delivery.due_at, delivery.cause = now() + timedelta(seconds=delay), cause


def _give_up(session: AsyncSession, delivery: Delivery, cause: str) -> None:
    delivery.close(DeliveryStatus.FAILED, at=now(), cause=cause)
    if delivery.user_id is None:
        log.warning("a code did not arrive", extra={"delivery_id": delivery.id, "cause": cause})
        return
    publish(
        session,
        NotificationFailed(
            version=delivery.version,
            delivery_id=delivery.id,
            notification_id=delivery.notification_id,
            user_id=delivery.user_id,
            channel=_CHANNELS[delivery.channel],
            cause=cause,
        ),
    )
