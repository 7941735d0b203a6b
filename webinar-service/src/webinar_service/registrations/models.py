"""The rows of registrations."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from servicekit.database import WithId
from webinar_service.database import Model


class RegistrationStatus(StrEnum):
    """Whether somebody has a seat, waits for one, or gave it back."""

    REGISTERED = "REGISTERED"
    WAITLISTED = "WAITLISTED"
    CANCELLED = "CANCELLED"


class Registration(WithId, Model):
    """One person's place in one webinar. It keeps its row, so that its version goes on."""

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("webinar_id", "user_id"),
        Index("ix_registrations_queue", "webinar_id", "status", "since"),
    )

    webinar_id: Mapped[UUID] = mapped_column(ForeignKey("webinars.id"))
    user_id: Mapped[UUID] = mapped_column(index=True)
    status: Mapped[RegistrationStatus]
    since: Mapped[datetime]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=0)

    @property
    def is_active(self) -> bool:
        """Whether the person has a seat or waits for one."""
        return self.status is not RegistrationStatus.CANCELLED

    def become(self, status: RegistrationStatus, at: datetime) -> None:
        """Take, wait for or give back the seat."""
        self.status, self.since = status, at
        self.version += 1
