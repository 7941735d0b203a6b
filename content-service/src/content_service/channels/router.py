"""Channels, and following them."""

from uuid import UUID

from fastapi import APIRouter, Response
from starlette import status

from content_service.channels import service
from content_service.channels.models import Channel
from content_service.channels.queries import get_channel, list_channels
from content_service.channels.schemas import (
    ChannelFollowOut,
    ChannelIn,
    ChannelOut,
    ChannelPatch,
)
from servicekit.access import Caller, MaybeCaller
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx

router = APIRouter(tags=["channels"])


@router.post("/cms/channels", status_code=201, response_model=ChannelOut)
async def open_channel(body: ChannelIn, response: Response, caller: Caller, tx: Tx) -> Channel:
    """Open a channel. Its slug is made of the name unless one is given."""
    channel = await service.open_channel(tx, body, by=caller)
    response.headers["Location"] = f"/api/v1/cms/channels/{channel.id}"
    return channel


@router.get("/cms/channels", response_model=Page[ChannelOut])
async def list_active_channels(
    caller: MaybeCaller,
    tx: Tx,
    mine: bool = False,  # noqa: FBT001, FBT002  (a query parameter)
    limit: Limit = 20,
    cursor: Cursor = None,
) -> dict[str, object]:
    """Active channels, newest first; with `mine`, the caller's own."""
    owner = caller.user_id if mine and caller is not None else None
    rows = await list_channels(tx, owner=owner, before=decode_id(cursor), limit=limit + 1)
    shown, next_cursor = page_of(rows, limit, lambda channel: (channel.id,))
    return {"items": shown, "next_cursor": next_cursor}


@router.get("/cms/channels/{channel_id}", response_model=ChannelOut)
async def read_channel(channel_id: UUID, caller: MaybeCaller, tx: Tx) -> Channel:
    """One channel; an inactive one only for its owner."""
    return await get_channel(tx, channel_id, viewer=caller.user_id if caller else None)


@router.patch("/cms/channels/{channel_id}", response_model=ChannelOut)
async def change_channel(channel_id: UUID, body: ChannelPatch, caller: Caller, tx: Tx) -> Channel:
    """Change one of the caller's channels."""
    return await service.change_channel(tx, channel_id=channel_id, changes=body.sent(), by=caller)


@router.delete("/cms/channels/{channel_id}", status_code=status.HTTP_204_NO_CONTENT)
async def close_channel(channel_id: UUID, caller: Caller, tx: Tx) -> None:
    """Delete one of the caller's channels; what was posted there stays its author's."""
    await service.close_channel(tx, channel_id=channel_id, by=caller)


@router.post("/interactions/channels/{channel_id}/follow")
async def follow_channel(channel_id: UUID, caller: Caller, tx: Tx) -> ChannelFollowOut:
    """Follow a channel. Repeating it changes nothing."""
    count = await service.follow_channel(tx, channel_id=channel_id, by=caller)
    return ChannelFollowOut(channel_id=channel_id, following=True, follower_count=count)


@router.delete("/interactions/channels/{channel_id}/follow", status_code=status.HTTP_204_NO_CONTENT)
async def unfollow_channel(channel_id: UUID, caller: Caller, tx: Tx) -> None:
    """Follow a channel no longer."""
    await service.unfollow_channel(tx, channel_id=channel_id, by=caller)
