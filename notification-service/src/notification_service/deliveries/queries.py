"""Which deliveries are due, and where they go."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.deliveries.models import Delivery, DeliveryStatus
from notification_service.notifications.models import Channel
from servicekit.clock import now


async def claim_due(
    session: AsyncSession, *, channel: Channel, at: datetime, until: datetime, limit: int
) -> Sequence[Delivery]:
    """Hold the oldest due deliveries until `until`; the attempt is counted before it is made."""
    due = (
        select(Delivery.id)
        .where(
            Delivery.status == DeliveryStatus.PENDING,
            Delivery.channel == channel,
            Delivery.due_at <= at,
        )
        .order_by(Delivery.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    held = (
        update(Delivery)
        .where(Delivery.id.in_(due))
        .values(due_at=until, attempts=Delivery.attempts + 1)
        .returning(Delivery)
    )
    return (await session.scalars(held)).all()


async def find_pending(session: AsyncSession, delivery_id: UUID) -> Delivery | None:
    """The delivery, locked; None if it was settled, or went with its person."""
    waiting = select(Delivery).where(
        Delivery.id == delivery_id, Delivery.status == DeliveryStatus.PENDING
    )
    return await session.scalar(waiting.with_for_update())


async def skip_deliveries(session: AsyncSession, *, notification_id: UUID) -> None:
    """Nothing of this notification that still waits goes out."""
    waiting = select(Delivery).where(
        Delivery.notification_id == notification_id, Delivery.status == DeliveryStatus.PENDING
    )
    for delivery in await session.scalars(waiting.with_for_update()):
        delivery.close(DeliveryStatus.SKIPPED, at=now(), cause="deleted")
