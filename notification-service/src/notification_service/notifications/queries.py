"""A person's notifications, newest first, and their choices."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.notifications.errors import NotificationNotFound
from notification_service.notifications.models import Notification, Preferences
from servicekit.clock import now


async def list_notifications(
    session: AsyncSession, *, user_id: UUID, before: UUID | None, unread_only: bool, limit: int
) -> Sequence[Notification]:
    """Those older than `before`, newest first."""
    mine = select(Notification).where(Notification.user_id == user_id, Notification.shown)
    if before is not None:
        mine = mine.where(Notification.id < before)
    if unread_only:
        mine = mine.where(Notification.read_at.is_(None))
    return (await session.scalars(mine.order_by(Notification.id.desc()).limit(limit))).all()


async def list_notifications_after(
    session: AsyncSession,
    *,
    user_id: UUID,
    after: UUID,
    limit: int | None,
    but: Collection[UUID] = (),
) -> Sequence[Notification]:
    """Those newer than `after`, oldest first and without `but`: what a stream has missed."""
    newer = select(Notification).where(
        Notification.user_id == user_id, Notification.shown, Notification.id > after
    )
    if but:
        newer = newer.where(Notification.id.not_in(but))
    return (await session.scalars(newer.order_by(Notification.id).limit(limit))).all()


async def get_newest_id(session: AsyncSession, *, user_id: UUID) -> UUID:
    """The id of the newest notification; all zeros when there is none."""
    newest = select(Notification.id).where(Notification.user_id == user_id, Notification.shown)
    found = await session.scalar(newest.order_by(Notification.id.desc()).limit(1))
    return found or UUID(int=0)


async def count_unread(session: AsyncSession, *, user_id: UUID) -> int:
    """How many are unread."""
    unread = select(func.count()).where(
        Notification.user_id == user_id, Notification.shown, Notification.read_at.is_(None)
    )
    return await session.scalar(unread) or 0


async def lock_notification(
    session: AsyncSession, *, user_id: UUID, notification_id: UUID
) -> Notification:
    """One of the person's notifications, locked. Raises NotificationNotFound."""
    mine = select(Notification).where(
        Notification.id == notification_id, Notification.user_id == user_id, Notification.shown
    )
    found = await session.scalar(mine.with_for_update())
    if found is None:
        raise NotificationNotFound
    return found


async def set_all_read(session: AsyncSession, *, user_id: UUID) -> bool:
    """Mark everything read. False when nothing was unread."""
    unread = update(Notification).where(
        Notification.user_id == user_id, Notification.read_at.is_(None)
    )
    marked = await session.scalars(unread.values(read_at=now()).returning(Notification.id))
    return bool(marked.all())


async def hide_notification(session: AsyncSession, *, user_id: UUID, notification_id: UUID) -> None:
    """Show it no longer; its row stays, so that the event cannot tell it again.

    Repeating it changes nothing. Raises NotificationNotFound for what never existed.
    """
    mine = update(Notification).where(
        Notification.id == notification_id, Notification.user_id == user_id
    )
    hidden = await session.scalar(
        mine.values(shown=False, title="", body="", data={}).returning(Notification.id)
    )
    if hidden is None:
        raise NotificationNotFound


async def find_preferences(session: AsyncSession, user_id: UUID) -> Preferences | None:
    """The person's own choices, or None."""
    return await session.get(Preferences, user_id)
