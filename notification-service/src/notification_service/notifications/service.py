"""Telling people: one notification per event and person, deliveries beside it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.event import Event
from notification_service.deliveries.models import Delivery
from notification_service.deliveries.queries import skip_deliveries
from notification_service.notifications.delays import due_time
from notification_service.notifications.errors import PreferenceUnknown
from notification_service.notifications.models import Channel, Notification, Preferences
from notification_service.notifications.queries import (
    find_preferences,
    hide_notification,
    lock_notification,
    set_all_read,
)
from notification_service.notifications.schemas import PreferencesIn, PreferencesOut
from notification_service.notifications.texts import DEFAULT_CHANNELS
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging import live

TOPIC = "notifications.changed"


async def tell(
    session: AsyncSession, event: Event, *, to: UUID, title: str, body: str, data: dict[str, Any]
) -> None:
    """Tell a person of an event through the channels they want. The same event again is silent."""
    preferences = await find_preferences(session, to)
    wanted = channels_of(preferences, event.name)
    if not wanted:
        return
    notification_id = await _insert(
        session, event, to, {"title": title, "body": body, "data": data}, wanted
    )
    if notification_id is None:
        return
    due = due_time(preferences, now())
    for channel in wanted:
        if channel in {Channel.PUSH, Channel.EMAIL}:
            session.add(
                Delivery(
                    user_id=to,
                    source_event_id=event.event_id,
                    notification_id=notification_id,
                    channel=channel,
                    kind=event.name,
                    due_at=due,
                )
            )
    if Channel.IN_APP in wanted:
        live(session, TOPIC, {"user_id": str(to)})


async def _insert(
    session: AsyncSession,
    event: Event,
    user_id: UUID,
    words: dict[str, Any],
    wanted: Sequence[Channel],
) -> UUID | None:
    row = insert(Notification).values(
        id=uuid7(),
        user_id=user_id,
        event_id=event.event_id,
        type=event.name,
        shown=Channel.IN_APP in wanted,
        created_at=now(),
        **words,
    )
    new = row.on_conflict_do_nothing(index_elements=[Notification.user_id, Notification.event_id])
    found: UUID | None = await session.scalar(new.returning(Notification.id))
    return found


async def mark_read(session: AsyncSession, *, user_id: UUID, notification_id: UUID) -> Notification:
    """The notification, read at the first time that it was marked. Raises NotificationNotFound."""
    found = await lock_notification(session, user_id=user_id, notification_id=notification_id)
    if found.read_at is None:
        found.read_at = now()
        live(session, TOPIC, {"user_id": str(user_id)})
    return found


async def mark_all_read(session: AsyncSession, *, user_id: UUID) -> None:
    """Mark everything read. Repeating it changes nothing."""
    if await set_all_read(session, user_id=user_id):
        live(session, TOPIC, {"user_id": str(user_id)})


async def delete_notification(
    session: AsyncSession, *, user_id: UUID, notification_id: UUID
) -> None:
    """Show it no longer, and send nothing of it that waits. Raises NotificationNotFound."""
    await hide_notification(session, user_id=user_id, notification_id=notification_id)
    await skip_deliveries(session, notification_id=notification_id)
    live(session, TOPIC, {"user_id": str(user_id)})


def channels_of(preferences: Preferences | None, kind: str) -> Sequence[Channel]:
    """The channels of a type: the person's choice, or the default."""
    chosen = preferences.channels.get(kind) if preferences else None
    if chosen is None:
        return DEFAULT_CHANNELS.get(kind, ())
    return [Channel(channel) for channel in chosen]


def as_out(preferences: Preferences | None) -> PreferencesOut:
    """The choices with every default filled in."""
    channels = {kind: list(channels_of(preferences, kind)) for kind in sorted(DEFAULT_CHANNELS)}
    return PreferencesOut(
        channels=channels,
        time_zone=preferences.time_zone if preferences else "UTC",
        quiet_from=preferences.quiet_from if preferences else None,
        quiet_until=preferences.quiet_until if preferences else None,
    )


async def replace_preferences(
    session: AsyncSession, *, user_id: UUID, chosen: PreferencesIn
) -> PreferencesOut:
    """Keep these choices instead of the former. Raises PreferenceUnknown."""
    unknown = sorted(set(chosen.channels) - set(DEFAULT_CHANNELS))
    if unknown:
        raise PreferenceUnknown(errors=[{"pointer": f"/channels/{name}"} for name in unknown])
    if any(Channel.SMS in channels for channels in chosen.channels.values()):
        raise PreferenceUnknown("SMS is not offered yet", errors=[{"pointer": "/channels"}])
    try:
        ZoneInfo(chosen.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PreferenceUnknown(errors=[{"pointer": "/time_zone"}]) from None
    row = insert(Preferences).values(user_id=user_id, **chosen.model_dump(mode="json"))
    fields = {name: row.excluded[name] for name in chosen.model_dump()}
    saved = row.on_conflict_do_update(index_elements=[Preferences.user_id], set_=fields)
    await session.execute(saved)
    return as_out(await session.get(Preferences, user_id, populate_existing=True))
