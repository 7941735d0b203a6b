"""Assets by id, by owner, by age."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.media.errors import AssetNotFound
from content_service.media.models import Asset, AssetStatus
from contracts.media import Purpose


async def get_asset(session: AsyncSession, asset_id: UUID, *, owner: UUID) -> Asset:
    """The owner's asset. Raises AssetNotFound."""
    mine = select(Asset).where(
        Asset.id == asset_id, Asset.owner_id == owner, Asset.deleted_at.is_(None)
    )
    found = await session.scalar(mine)
    if found is None:
        raise AssetNotFound
    return found


async def lock_asset(session: AsyncSession, asset_id: UUID, *, owner: UUID) -> Asset:
    """The owner's asset, deleted or not, locked. Raises AssetNotFound."""
    mine = select(Asset).where(Asset.id == asset_id, Asset.owner_id == owner)
    found = await session.scalar(mine.with_for_update())
    if found is None:
        raise AssetNotFound
    return found


async def find_asset_for_update(session: AsyncSession, asset_id: UUID) -> Asset | None:
    """The asset, whoever owns it, locked; None if there is none."""
    return await session.scalar(select(Asset).where(Asset.id == asset_id).with_for_update())


async def takes_upload(session: AsyncSession, key: str, *, asset_id: UUID) -> bool:
    """Whether an asset waits for an object of that key."""
    waiting = select(Asset.id).where(
        Asset.id == asset_id,
        Asset.key == key,
        Asset.status == AssetStatus.PENDING,
        Asset.deleted_at.is_(None),
    )
    return await session.scalar(waiting) is not None


async def list_assets(
    session: AsyncSession,
    *,
    owner: UUID,
    purposes: Collection[Purpose] | None = None,
    before: UUID | None,
    limit: int,
) -> Sequence[Asset]:
    """The owner's assets, newest first."""
    mine = select(Asset).where(Asset.owner_id == owner, Asset.deleted_at.is_(None))
    if purposes is not None:
        mine = mine.where(Asset.purpose.in_(purposes))
    if before is not None:
        mine = mine.where(Asset.id < before)
    return (await session.scalars(mine.order_by(Asset.id.desc()).limit(limit))).all()


async def lock_expired_uploads(
    session: AsyncSession, *, at: datetime, limit: int
) -> Sequence[Asset]:
    """Uploads that were announced and never confirmed, locked; those held by others are skipped."""
    late = select(Asset).where(Asset.status == AssetStatus.PENDING, Asset.expires_at < at)
    late = late.order_by(Asset.expires_at).limit(limit).with_for_update(skip_locked=True)
    return (await session.scalars(late)).all()
