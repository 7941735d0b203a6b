"""Channels and who follows them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from content_service.database import Model
from servicekit.database import WithId


class ChannelStatus(StrEnum):
    """Whether a channel publishes."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    DELETED = "DELETED"


class Channel(WithId, Model):
    """A voice that is not a person's: an institution's or a sponsor's."""

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("slug"),)

    owner_id: Mapped[UUID]
    name: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str]
    logo_url: Mapped[str | None]
    status: Mapped[ChannelStatus]
    follower_count: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @property
    def is_active(self) -> bool:
        """Whether it can be found and written in."""
        return self.status is ChannelStatus.ACTIVE

    def as_card(self) -> dict[str, Any]:
        """What a card shows of its channel."""
        return {
            "id": str(self.id),
            "name": self.name,
            "slug": self.slug,
            "logo_url": self.logo_url,
        }


class ChannelFollow(Model):
    """Somebody follows a channel."""

    __tablename__ = "channel_follows"
    __table_args__ = (Index("ix_channel_follows_channel_id", "channel_id"),)

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(primary_key=True)
    followed_at: Mapped[datetime]
