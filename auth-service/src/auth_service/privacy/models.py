"""Erasures and exports, and the services that have answered."""

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
TIME_TO_WRITE = timedelta(minutes=10)
LIFETIME = timedelta(days=1)
EXPORTS = "private/exports/"


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


class Export(WithId, Model):
    """What a person takes along: one at a time, the next one when this one has expired.

    Objects lie under `prefix`, and go before the row does.
    """

    __tablename__ = "exports"
    __table_args__ = (
        Index("ix_exports_open", "due_at", postgresql_where=text("ready_at IS NULL")),
        Index("ix_exports_expires_at", "expires_at"),
    )

    user_id: Mapped[UUID] = mapped_column(unique=True)
    requested_at: Mapped[datetime]
    deadline: Mapped[datetime]
    due_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    missing: Mapped[list[str]]

    def __init__(self, **values: Any) -> None:
        present = now()
        super().__init__(
            requested_at=present,
            due_at=present,
            deadline=present + TIME_TO_WRITE,
            missing=[],
            **values,
        )

    @property
    def prefix(self) -> str:
        """Where its objects are."""
        return f"{EXPORTS}{self.id}/"

    @property
    def parts_prefix(self) -> str:
        """Where the services write their parts."""
        return f"{self.prefix}parts/"

    @property
    def key(self) -> str:
        """Where the archive is, once it is ready."""
        return f"{self.prefix}docfliq.zip"

    def is_ready(self, at: datetime) -> bool:
        """Whether it can be fetched."""
        return self.expires_at is not None and self.ready_at is not None and at < self.expires_at

    def finish(self, missing: list[str], at: datetime) -> datetime:
        """The archive stands; `missing` did not answer in time. Returns when it expires."""
        self.ready_at, self.missing = at, missing
        self.expires_at = at + LIFETIME
        return self.expires_at


class ExportPart(Model):
    """One service's part: its rows under `key`; `files` maps names in the archive to objects."""

    __tablename__ = "export_parts"

    export_id: Mapped[UUID] = mapped_column(
        ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True
    )
    service: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str]
    files: Mapped[dict[str, Any]] = mapped_column(JSONB())
