"""Mails and pushes on their way."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notification_service.database import Model
from notification_service.notifications.models import Channel
from servicekit.clock import now
from servicekit.database import WithId


class DeliveryStatus(StrEnum):
    """How far a delivery is. SKIPPED: there was nowhere to send it."""

    PENDING = "PENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class Delivery(WithId, Model):
    """One message through one channel, tried until it is sent or given up.

    Without a `user_id` it goes to an address that may belong to nobody we know.
    `content` holds the words of a letter without a notification; `sealed` what only we may read.
    A sender holds a row until `due_at`, which it moves ahead before it tries.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint(
            "source_event_id", "user_id", "channel", postgresql_nulls_not_distinct=True
        ),
        Index("ix_deliveries_due", "channel", "due_at", postgresql_where=text("status='PENDING'")),
    )

    user_id: Mapped[UUID | None]
    source_event_id: Mapped[UUID]
    notification_id: Mapped[UUID | None] = mapped_column(ForeignKey("notifications.id"))
    channel: Mapped[Channel]
    kind: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sealed: Mapped[str | None]
    status: Mapped[DeliveryStatus] = mapped_column(default=DeliveryStatus.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]
    cause: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=0)

    def is_late(self, at: datetime) -> bool:
        """Whether the code or link in it has expired."""
        return self.expires_at is not None and self.expires_at <= at

    def close(self, status: DeliveryStatus, *, at: datetime, cause: str | None = None) -> None:
        """End the delivery; what was sealed is forgotten."""
        self.status, self.cause, self.sealed = status, cause, None
        if self.user_id is None:
            # Nobody's erasure would find it later.
            self.content = {}
        self.sent_at = at if status is DeliveryStatus.SENT else None
        self.version += 1
