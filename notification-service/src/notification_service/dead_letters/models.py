"""What no consumer could handle."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from notification_service.database import Model
from servicekit.clock import now
from servicekit.database import WithId


class DeadLetterStatus(StrEnum):
    """What became of a dead letter."""

    WAITING = "WAITING"
    REPLAYED = "REPLAYED"
    DROPPED = "DROPPED"


class DeadLetter(WithId, Model):
    """A message as the broker held it. Without a queue nobody listened to its type."""

    __tablename__ = "dead_letters"
    __table_args__ = (
        Index("ix_dead_letters_waiting", "id", postgresql_where=text("status = 'WAITING'")),
    )

    queue: Mapped[str | None]
    cause: Mapped[str]
    event_type: Mapped[str | None]
    event_id: Mapped[str | None]
    body: Mapped[bytes]
    headers: Mapped[dict[str, Any]]
    status: Mapped[DeadLetterStatus] = mapped_column(default=DeadLetterStatus.WAITING)
    received_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]

    def settle(self, status: DeadLetterStatus, *, by: UUID) -> bool:
        """Replay or drop it. Returns False, and changes nothing, when that has happened already."""
        if self.status is not DeadLetterStatus.WAITING:
            return False
        self.status, self.settled_by, self.settled_at = status, by, now()
        return True
