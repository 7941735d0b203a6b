"""Erasures, and the services that have answered."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.database import Model
from servicekit.clock import now
from servicekit.database import WithId

TIME_TO_ANSWER = timedelta(days=1)


class Erasure(WithId, Model):
    """Somebody is no more. Its id is the tombstone under which the law's remains are kept.

    `version` goes on counting where the person's own ended; `asked_at` is when the services were
    told last.
    """

    __tablename__ = "erasures"
    __table_args__ = (
        Index("ix_erasures_open", "requested_at", postgresql_where=text("completed_at IS NULL")),
    )

    user_id: Mapped[UUID] = mapped_column(unique=True)
    deleted_by: Mapped[UUID | None]
    requested_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    deadline: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    version: Mapped[int]

    def __init__(self, **values: Any) -> None:
        present = now()
        super().__init__(
            requested_at=present, asked_at=present, deadline=present + TIME_TO_ANSWER, **values
        )

    def ask_again(self, at: datetime) -> None:
        """The services are told once more."""
        self.version += 1
        self.asked_at = at


class ErasureAnswer(Model):
    """One service holds nothing any more; `counts` says of how many rows it let go, by table."""

    __tablename__ = "erasure_answers"

    erasure_id: Mapped[UUID] = mapped_column(
        ForeignKey("erasures.id", ondelete="CASCADE"), primary_key=True
    )
    service: Mapped[str] = mapped_column(primary_key=True)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB())
    answered_at: Mapped[datetime]
