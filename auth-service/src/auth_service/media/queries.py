"""SQL for our copy of assets."""

from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.media.errors import AssetNotFound, AssetUnfit
from auth_service.media.models import Asset, AssetStatus
from contracts.media import Purpose

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:asset_id, 7703))")


async def lock_asset_id(session: AsyncSession, asset_id: UUID) -> None:
    """Nobody else learns of this asset, known or not, until the transaction ends."""
    await session.execute(_LOCK, {"asset_id": str(asset_id)})


async def find_asset(session: AsyncSession, asset_id: UUID) -> Asset | None:
    """The asset as far as we have heard of it."""
    return await session.get(Asset, asset_id)


async def find_fit_asset(
    session: AsyncSession, asset_id: UUID, *, owner: UUID, purpose: Purpose
) -> Asset | None:
    """The owner's asset, or None when nothing was heard of it yet.

    Raises AssetNotFound for somebody else's or a deleted one, AssetUnfit for one that failed or
    was uploaded for another purpose.
    """
    asset = await find_asset(session, asset_id)
    if asset is None:
        return None
    if asset.owner_id != owner or asset.status is AssetStatus.DELETED:
        raise AssetNotFound
    if asset.purpose is not purpose:
        raise AssetUnfit(f"It was uploaded as {asset.purpose}")
    if asset.status is AssetStatus.FAILED:
        raise AssetUnfit(asset.failure)
    return asset


async def keep_asset(session: AsyncSession, values: dict[str, Any]) -> None:
    """Write down what an event says. A step back changes nothing; FAILED may become READY."""
    written = insert(Asset).values(**values)
    further = {
        AssetStatus.UPLOADED: [],
        AssetStatus.FAILED: [AssetStatus.UPLOADED],
        AssetStatus.READY: [AssetStatus.UPLOADED, AssetStatus.FAILED],
        AssetStatus.DELETED: [AssetStatus.UPLOADED, AssetStatus.FAILED, AssetStatus.READY],
    }[values["status"]]
    changed = {name: written.excluded[name] for name in values if name != "id"}
    await session.execute(
        written.on_conflict_do_update(
            index_elements=[Asset.id], set_=changed, where=Asset.status.in_(further)
        )
    )


async def list_concerned_user_ids(session: AsyncSession, asset: Asset) -> list[UUID]:
    """Who has chosen this asset before it was ready; of a deleted one also its owner."""
    chosen = or_(User.waiting_avatar_id == asset.id, User.waiting_banner_id == asset.id)
    if asset.status is AssetStatus.DELETED:
        chosen |= User.id == asset.owner_id
    return list(await session.scalars(select(User.id).where(chosen).order_by(User.id)))
