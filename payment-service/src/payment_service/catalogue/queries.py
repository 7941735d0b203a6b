"""Reading and keeping the catalogue."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import ItemType
from payment_service.catalogue.models import CatalogueItem, ItemStatus
from servicekit.clock import now
from servicekit.messaging import TooEarly


async def find_item(
    session: AsyncSession, *, item_type: ItemType, item_id: UUID
) -> CatalogueItem | None:
    """The item as it was last announced."""
    return await session.get(CatalogueItem, (item_type, item_id))


async def is_closed(session: AsyncSession, *, item_type: ItemType, item_id: UUID) -> bool:
    """Whether the item is sold no more; whoever is closing it just now is waited for."""
    item = await session.get(CatalogueItem, (item_type, item_id), with_for_update={"read": True})
    return item is not None and item.status is ItemStatus.CLOSED


async def keep_item(session: AsyncSession, **facts: Any) -> None:
    """Write the item down unless something newer is known already."""
    row = insert(CatalogueItem).values(**facts, changed_at=now())
    news = {name: row.excluded[name] for name in (*facts, "changed_at")}
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["item_type", "item_id"],
            set_=news,
            where=CatalogueItem.version < row.excluded.version,
        )
    )


async def close_item(
    session: AsyncSession, *, item_type: ItemType, item_id: UUID, version: int
) -> None:
    """Take the item out of sale. Raises TooEarly when it was never announced here."""
    item = await session.get(CatalogueItem, (item_type, item_id), with_for_update=True)
    if item is None:
        raise TooEarly(f"{item_type} {item_id} is not in the catalogue yet")
    if item.version < version:
        item.status, item.version, item.changed_at = ItemStatus.CLOSED, version, now()
