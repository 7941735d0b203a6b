"""Opening, changing and closing channels."""

import re
import unicodedata
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.audience import Audience
from content_service.channels.errors import ChannelNotFound, ChannelSlugTaken
from content_service.channels.models import Channel, ChannelStatus
from content_service.channels.queries import (
    add_channel,
    add_follow,
    lock_channel,
    remove_follow,
)
from content_service.channels.schemas import ChannelIn
from content_service.posts.queries import render_channel_again
from content_service.search.models import DocumentKind
from content_service.search.queries import Found, keep_document
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.ids import uuid7


async def open_channel(session: AsyncSession, body: ChannelIn, *, by: Principal) -> Channel:
    """A channel of the caller's; a slug made of a name that others have too gets an ending.

    Raises ChannelSlugTaken for a slug that the caller chose.
    """
    at = now()
    channel = Channel(
        owner_id=by.user_id,
        name=body.name,
        slug=body.slug or slug_of(body.name),
        description=body.description,
        logo_url=body.logo_url,
        status=ChannelStatus.ACTIVE,
        follower_count=0,
        version=1,
        created_at=at,
        updated_at=at,
    )
    if not await add_channel(session, channel):
        if body.slug is not None:
            raise ChannelSlugTaken(slug=channel.slug)
        channel.slug = f"{channel.slug}-{channel.id.hex[-8:]}"
        await add_channel(session, channel)
    await _show(session, channel)
    return channel


async def change_channel(
    session: AsyncSession, *, channel_id: UUID, changes: dict[str, Any], by: Principal
) -> Channel:
    """Change the caller's channel; its cards follow. Raises ChannelNotFound, ChannelSlugTaken."""
    channel = await lock_channel(session, channel_id, owner=by.user_id)
    if channel.status is ChannelStatus.DELETED:
        raise ChannelNotFound
    is_active = changes.pop("is_active", None)
    if is_active is not None:
        channel.status = ChannelStatus.ACTIVE if is_active else ChannelStatus.INACTIVE
    for name, value in changes.items():
        if value is not None or name == "logo_url":
            setattr(channel, name, value)
        elif name == "description":
            channel.description = ""
    channel.updated_at, channel.version = now(), channel.version + 1
    slug = channel.slug
    try:
        await session.flush()
    except IntegrityError as refused:
        raise ChannelSlugTaken(slug=slug) from refused
    await render_channel_again(session, channel.id, channel.as_card())
    await _show(session, channel)
    return channel


async def close_channel(session: AsyncSession, *, channel_id: UUID, by: Principal) -> None:
    """Delete the caller's channel; its posts stay their authors'. Repeating it changes nothing."""
    channel = await lock_channel(session, channel_id, owner=by.user_id)
    if channel.status is not ChannelStatus.DELETED:
        channel.status, channel.version = ChannelStatus.DELETED, channel.version + 1
        channel.updated_at = now()
        await _show(session, channel)


async def follow_channel(session: AsyncSession, *, channel_id: UUID, by: Principal) -> int:
    """Follow a channel; its followers now. Repeating it is harmless. Raises ChannelNotFound."""
    count = await add_follow(session, channel_id, user_id=by.user_id)
    if count is None:
        raise ChannelNotFound
    return count


async def unfollow_channel(session: AsyncSession, *, channel_id: UUID, by: Principal) -> None:
    """Follow a channel no longer. Repeating it is harmless."""
    await remove_follow(session, channel_id, user_id=by.user_id)


def slug_of(name: str) -> str:
    """A slug made of a name; of chance where the name has no Latin letters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:70].strip("-")
    return made or f"channel-{uuid7().hex[-8:]}"


async def _show(session: AsyncSession, channel: Channel) -> None:
    found = Found(
        kind=DocumentKind.CHANNEL,
        id=channel.id,
        owner_id=channel.owner_id,
        visibility=Audience.PUBLIC,
        title=channel.name,
        body=f"{channel.slug}\n{channel.description}",
        facts={**channel.as_card(), "description": channel.description},
        removed=not channel.is_active,
        version=channel.version,
    )
    await keep_document(session, found)
