"""Jobs and the objects that wait for removal."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from contracts.media import MediaKind, Purpose
from media_worker.database import Model
from servicekit.database import WithId


class JobStatus(StrEnum):
    """Where the work on an upload stands."""

    QUEUED = "QUEUED"
    WORKING = "WORKING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Job(WithId, Model):
    """The work on one asset, held by `leased_by` until `leased_until`, then free to take."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_waiting", "id", postgresql_where=text("status IN ('QUEUED', 'WORKING')")),
    )

    asset_id: Mapped[UUID] = mapped_column(unique=True)
    owner_id: Mapped[UUID]
    purpose: Mapped[Purpose]
    kind: Mapped[MediaKind]
    key: Mapped[str]
    content_type: Mapped[str]
    filename: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    status: Mapped[JobStatus] = mapped_column(default=JobStatus.QUEUED)
    percent: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    reason: Mapped[str | None]

    def begin(self, *, worker: str, until: datetime) -> None:
        """Take the job, or take it over."""
        self.status, self.leased_by, self.leased_until = JobStatus.WORKING, worker, until
        self.attempts += 1

    def give_back(self) -> None:
        """Let others take it: its worker stops, and that was no fault of the file."""
        self.status, self.leased_by, self.leased_until = JobStatus.QUEUED, None, None
        self.attempts -= 1

    def is_held_by(self, worker: str) -> bool:
        """Whether this worker may still write results: nobody took over, nobody cancelled."""
        return self.status is JobStatus.WORKING and self.leased_by == worker

    def advance(self, percent: int) -> bool:
        """Record progress. Returns False, and changes nothing, unless it grew."""
        if percent <= self.percent:
            return False
        self.percent = percent
        self.version += 1
        return True

    def end(self, status: JobStatus, *, reason: str | None = None) -> None:
        """Close the job for good and release its lease."""
        self.status, self.reason = status, reason
        self.leased_by = self.leased_until = None
        self.version += 1


class Removal(WithId, Model):
    """An object that nobody needs any more; the row goes when the object is gone."""

    __tablename__ = "removals"

    key: Mapped[str] = mapped_column(unique=True)
