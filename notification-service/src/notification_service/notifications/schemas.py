"""Notifications and preferences as clients see them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from notification_service.notifications.models import Channel
from servicekit.fields import In, Line, Out
from servicekit.pagination import Page

Channels = Annotated[list[Channel], AfterValidator(lambda named: list(dict.fromkeys(named)))]
"""Each channel once, however often it is named: nobody is told twice through one."""

LocalTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class NotificationOut(Out):
    """One notification. `data` holds the ids that a client needs to open what it speaks of."""

    id: UUID
    type: str
    title: str
    body: str
    data: dict[str, Any]
    created_at: datetime
    read_at: datetime | None


class NotificationPage(Page[NotificationOut]):
    """Newest first."""


class UnreadCount(Out):
    """How many are unread."""

    unread_count: int


class PreferencesOut(Out):
    """The channels of every type, defaults filled in, and the quiet hours in the time zone."""

    channels: dict[str, list[Channel]]
    time_zone: str
    quiet_from: LocalTime | None
    quiet_until: LocalTime | None


class PreferencesIn(In):
    """Types that are left out keep their defaults; PUT replaces the whole."""

    channels: dict[Line, Channels] = Field(default_factory=dict, max_length=200)
    time_zone: Line = "UTC"
    quiet_from: LocalTime | None = None
    quiet_until: LocalTime | None = None
