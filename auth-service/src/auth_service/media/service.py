"""Assets as we hear of them, and the pictures that waited for them."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.events import profile_of
from auth_service.accounts.models import User
from auth_service.accounts.queries import lock_user
from auth_service.media.models import Asset, AssetStatus
from auth_service.media.pictures import SLOTS, show, shows, wait_for, waits_for
from auth_service.media.queries import (
    find_asset,
    find_fit_asset,
    keep_asset,
    list_concerned_user_ids,
    lock_asset_id,
)
from auth_service.objects import storage_of
from contracts.media import Purpose
from servicekit.messaging import publish


async def learn_of_asset(session: AsyncSession, values: dict[str, Any]) -> None:
    """Keep an asset: those who wait for it have it, or wait no longer; a deleted one goes."""
    asset_id: UUID = values["id"]
    await lock_asset_id(session, asset_id)
    await keep_asset(session, values)
    asset = await find_asset(session, asset_id)
    if asset is None or asset.status is AssetStatus.UPLOADED:
        return
    for user_id in await list_concerned_user_ids(session, asset):
        user = await lock_user(session, user_id)
        if _take_away(user, asset) or _give_up_or_show(user, asset):
            publish(session, profile_of(user, storage_of(session)))


def _take_away(user: User, asset: Asset) -> bool:
    shown = [slot for slot in SLOTS.values() if shows(user, slot) == asset.id]
    if asset.status is not AssetStatus.DELETED or not shown:
        return False
    for slot in shown:
        show(user, slot, None)
    return True


def _give_up_or_show(user: User, asset: Asset) -> bool:
    shown = False
    for purpose, slot in SLOTS.items():
        if waits_for(user, slot) != asset.id:
            continue
        fits = asset.owner_id == user.id and asset.purpose is purpose
        if fits and asset.status is AssetStatus.READY:
            show(user, slot, asset)
            shown = True
        else:
            wait_for(user, slot, None)
    return shown


async def choose_picture(
    session: AsyncSession,
    *,
    user_id: UUID,
    purpose: Purpose,
    asset_id: UUID | None,
    admin_id: UUID | None = None,
) -> User:
    """Make an asset the person's picture, as soon as it is ready; None takes the picture away.

    Raises AssetNotFound, AssetUnfit.
    """
    slot = SLOTS[purpose]
    asset = None
    if asset_id is not None:
        await lock_asset_id(session, asset_id)
        asset = await find_fit_asset(session, asset_id, owner=user_id, purpose=purpose)
    user = await lock_user(session, user_id)
    if asset_id is not None and (asset is None or asset.status is not AssetStatus.READY):
        wait_for(user, slot, asset_id)
        return user
    if asset is None and getattr(user, slot) is None:
        wait_for(user, slot, None)
        return user
    show(user, slot, asset)
    publish(session, profile_of(user, storage_of(session), changed_by=admin_id))
    return user
