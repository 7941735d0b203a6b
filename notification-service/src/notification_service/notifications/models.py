"""What people are told, and through which channels they want it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notification_service.database import Model
from servicekit.clock import now
from servicekit.database import WithId


class Channel(StrEnum):
    """A way to reach a person."""

    IN_APP = "IN_APP"
    PUSH = "PUSH"
    EMAIL = "EMAIL"
    SMS = "SMS"


class Notification(WithId, Model):
    """One fact told to one person, at most once per event. Ids grow with time."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("user_id", "event_id"),
        Index("ix_notifications_mine", "user_id", text("id DESC"), postgresql_where=text("shown")),
        Index(
            "ix_notifications_unread",
            "user_id",
            postgresql_where=text("shown AND read_at IS NULL"),
        ),
    )

    user_id: Mapped[UUID]
    event_id: Mapped[UUID]
    type: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    data: Mapped[dict[str, Any]]
    shown: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    read_at: Mapped[datetime | None]


class Preferences(Model):
    """A person's own choices. `channels` maps a type to channels; what is absent has the default.

    Quiet hours are local times `HH:MM`; pushes and mails that fall into them wait until their end.
    """

    __tablename__ = "preferences"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    channels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    time_zone: Mapped[str] = mapped_column(default="UTC")
    quiet_from: Mapped[str | None]
    quiet_until: Mapped[str | None]
