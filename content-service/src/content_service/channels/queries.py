"""Channels by id and by owner, and who follows them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.channels.errors import ChannelNotFound
from content_service.channels.models import Channel, ChannelFollow, ChannelStatus
from servicekit.clock import now


async def get_channel(session: AsyncSession, channel_id: UUID, *, viewer: UUID | None) -> Channel:
    """An active channel, or the viewer's own. Raises ChannelNotFound."""
    visible: Any = Channel.status == ChannelStatus.ACTIVE
    if viewer is not None:
        own = (Channel.owner_id == viewer) & (Channel.status != ChannelStatus.DELETED)
        visible = visible | own
    found = await session.scalar(select(Channel).where(Channel.id == channel_id, visible))
    if found is None:
        raise ChannelNotFound
    return found


async def find_channel(session: AsyncSession, channel_id: UUID) -> Channel | None:
    """The channel, whatever its state."""
    return await session.get(Channel, channel_id)


async def hold_own_channel(session: AsyncSession, channel_id: UUID, *, owner: UUID) -> Channel:
    """The owner's active channel, unchanged until this transaction ends. Raises ChannelNotFound."""
    mine = select(Channel).where(
        Channel.id == channel_id,
        Channel.owner_id == owner,
        Channel.status == ChannelStatus.ACTIVE,
    )
    found = await session.scalar(mine.with_for_update(read=True))
    if found is None:
        raise ChannelNotFound
    return found


async def lock_channel(session: AsyncSession, channel_id: UUID, *, owner: UUID) -> Channel:
    """The owner's channel, deleted or not, locked. Raises ChannelNotFound."""
    mine = select(Channel).where(Channel.id == channel_id, Channel.owner_id == owner)
    found = await session.scalar(mine.with_for_update())
    if found is None:
        raise ChannelNotFound
    return found


async def add_channel(session: AsyncSession, channel: Channel) -> bool:
    """Insert a channel. False when another has its slug."""
    values = {column.name: getattr(channel, column.name) for column in Channel.__table__.columns}
    added = insert(Channel).values(**values).on_conflict_do_nothing(index_elements=[Channel.slug])
    return await session.scalar(added.returning(Channel.id)) is not None


async def list_channels(
    session: AsyncSession, *, owner: UUID | None, before: UUID | None, limit: int
) -> Sequence[Channel]:
    """Active channels, newest first."""
    found = select(Channel).where(Channel.status == ChannelStatus.ACTIVE)
    if owner is not None:
        found = found.where(Channel.owner_id == owner)
    if before is not None:
        found = found.where(Channel.id < before)
    return (await session.scalars(found.order_by(Channel.id.desc()).limit(limit))).all()


async def add_follow(session: AsyncSession, channel_id: UUID, *, user_id: UUID) -> int | None:
    """Follow a channel; its followers now. Repeating it changes nothing. None: no such channel."""
    row = insert(ChannelFollow).values(user_id=user_id, channel_id=channel_id, followed_at=now())
    added = await session.scalar(row.on_conflict_do_nothing().returning(ChannelFollow.user_id))
    return await _count(session, channel_id, 0 if added is None else 1)


async def remove_follow(session: AsyncSession, channel_id: UUID, *, user_id: UUID) -> None:
    """Follow a channel no longer. Repeating it changes nothing."""
    gone = delete(ChannelFollow).where(
        ChannelFollow.user_id == user_id, ChannelFollow.channel_id == channel_id
    )
    if await session.scalar(gone.returning(ChannelFollow.user_id)) is not None:
        # Also of a channel that is not active: it may be again, with the followers that are left.
        left = update(Channel).where(Channel.id == channel_id)
        await session.execute(left.values(follower_count=Channel.follower_count - 1))


async def _count(session: AsyncSession, channel_id: UUID, change: int) -> int | None:
    active = (Channel.id == channel_id) & (Channel.status == ChannelStatus.ACTIVE)
    if change == 0:
        return await session.scalar(select(Channel.follower_count).where(active))
    counted = update(Channel).where(active)
    counted = counted.values(follower_count=Channel.follower_count + change)
    return await session.scalar(counted.returning(Channel.follower_count))


async def is_following(session: AsyncSession, channel_id: UUID, *, user_id: UUID) -> bool:
    """Whether somebody follows a channel."""
    return await session.get(ChannelFollow, (user_id, channel_id)) is not None
