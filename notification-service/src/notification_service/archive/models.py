"""Every event that was ever published."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from notification_service.database import Model
from servicekit.clock import now


class ArchivedEvent(Model):
    """One event as it was published, without what was sealed."""

    __tablename__ = "archived_events"
    __table_args__ = (
        Index("ix_archived_events_type_happened_at", "type", "happened_at"),
        Index("ix_archived_events_subject", "subject", "sequence"),
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str]
    schema_version: Mapped[int]
    subject: Mapped[str]
    sequence: Mapped[int]
    happened_at: Mapped[datetime]
    archived_at: Mapped[datetime] = mapped_column(default=now)
    payload: Mapped[dict[str, Any]]
