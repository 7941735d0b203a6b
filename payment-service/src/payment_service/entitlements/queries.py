"""Finding and locking entitlements."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import ItemType
from payment_service.entitlements.errors import EntitlementNotFound
from payment_service.entitlements.models import Entitlement, EntitlementStatus
from servicekit.clock import now
from servicekit.ids import uuid7


async def find_entitlement(
    session: AsyncSession, *, user_id: UUID, item_type: ItemType, item_id: UUID
) -> Entitlement | None:
    """The person's entitlement to the item, open or not."""
    return await session.scalar(
        select(Entitlement).where(
            Entitlement.user_id == user_id,
            Entitlement.item_type == item_type,
            Entitlement.item_id == item_id,
        )
    )


async def lock_or_add_entitlement(
    session: AsyncSession, *, user_id: UUID, item_type: ItemType, item_id: UUID
) -> Entitlement:
    """The person's entitlement to the item, locked; a closed one is made if there is none."""
    row = insert(Entitlement).values(
        id=uuid7(),
        user_id=user_id,
        item_type=item_type,
        item_id=item_id,
        status=EntitlementStatus.REVOKED,
        granted_at=now(),
        version=0,
    )
    await session.execute(row.on_conflict_do_nothing())
    found = select(Entitlement).where(
        Entitlement.user_id == user_id,
        Entitlement.item_type == item_type,
        Entitlement.item_id == item_id,
    )
    return (
        await session.execute(found.with_for_update().execution_options(populate_existing=True))
    ).scalar_one()


async def lock_entitlement(session: AsyncSession, entitlement_id: UUID) -> Entitlement:
    """Raises EntitlementNotFound."""
    found = select(Entitlement).where(Entitlement.id == entitlement_id).with_for_update()
    entitlement = await session.scalar(found)
    if entitlement is None:
        raise EntitlementNotFound
    return entitlement


async def find_entitlement_of_order(session: AsyncSession, order_id: UUID) -> Entitlement | None:
    """The entitlement that this order opened last, locked."""
    found = select(Entitlement).where(Entitlement.order_id == order_id).with_for_update()
    return await session.scalar(found)


async def list_entitlements(
    session: AsyncSession, *, user_id: UUID, after: UUID | None, limit: int
) -> Sequence[Entitlement]:
    """A person's open entitlements, newest first."""
    mine = select(Entitlement).where(
        Entitlement.user_id == user_id, Entitlement.status == EntitlementStatus.ACTIVE
    )
    if after is not None:
        mine = mine.where(Entitlement.id < after)
    return (await session.scalars(mine.order_by(Entitlement.id.desc()).limit(limit))).all()


async def take_lapsed_entitlement(session: AsyncSession, at: datetime) -> Entitlement | None:
    """One open entitlement whose time is over, locked; others' are skipped."""
    found = select(Entitlement).where(
        Entitlement.status == EntitlementStatus.ACTIVE, Entitlement.expires_at <= at
    )
    return await session.scalar(found.limit(1).with_for_update(skip_locked=True))
