"""Phones and browsers."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from notification_service.database import Model
from servicekit.clock import now
from servicekit.database import WithId


class DeviceType(StrEnum):
    """What a token belongs to."""

    IOS = "IOS"
    ANDROID = "ANDROID"
    WEB = "WEB"


class Device(WithId, Model):
    """One FCM registration token, which belongs to whoever registered it last.

    A removed device keeps its row without the token, so that removing it again is no error.
    """

    __tablename__ = "devices"

    user_id: Mapped[UUID] = mapped_column(index=True)
    token: Mapped[str | None] = mapped_column(unique=True)
    device_type: Mapped[DeviceType]
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    removed_at: Mapped[datetime | None]
