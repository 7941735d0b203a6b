"""The rows of webinars, and the rules that they keep themselves."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from contracts.course import CourseVisibility, PricingType
from servicekit.database import AmountMinor, WithId
from servicekit.fields import from_minor
from webinar_service.database import Model


class WebinarStatus(StrEnum):
    """Forward only."""

    SCHEDULED = "SCHEDULED"
    LIVE = "LIVE"
    ENDED = "ENDED"
    CANCELLED = "CANCELLED"
    RECORDING_READY = "RECORDING_READY"


class Webinar(WithId, Model):
    """One planned hour. `version` counts edits, `sequence` is iCalendar's (RFC 5545)."""

    __tablename__ = "webinars"
    __table_args__ = (
        CheckConstraint("0 <= seats_taken AND seats_taken <= capacity", name="seats_suffice"),
        CheckConstraint("seats_taken >= 0", name="seats_never_negative"),
        Index("ix_webinars_status_starts_at_id", "status", "starts_at", "id"),
    )

    host_id: Mapped[UUID] = mapped_column(index=True)
    title: Mapped[str]
    description: Mapped[str]
    starts_at: Mapped[datetime]
    duration_mins: Mapped[int]
    capacity: Mapped[int | None]
    seats_taken: Mapped[int] = mapped_column(default=0)
    pricing_type: Mapped[PricingType]
    amount_minor: Mapped[AmountMinor]
    currency: Mapped[str]
    visibility: Mapped[CourseVisibility]
    specialty_tags: Mapped[list[str]]
    speakers: Mapped[list[Any]] = mapped_column(JSONB)
    status: Mapped[WebinarStatus]
    sequence: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    @property
    def ends_at(self) -> datetime:
        """When it is planned to be over."""
        return self.starts_at + timedelta(minutes=self.duration_mins)

    @property
    def price(self) -> str | None:
        """The price as a decimal string; None for what costs nothing."""
        return from_minor(self.amount_minor) if self.pricing_type is PricingType.PAID else None

    @property
    def seats_left(self) -> int | None:
        """How many may still register; None without a limit."""
        return None if self.capacity is None else self.capacity - self.seats_taken

    def takes_registrations(self, at: datetime) -> bool:
        """Whether it is worth having a seat."""
        is_on = self.status in {WebinarStatus.SCHEDULED, WebinarStatus.LIVE}
        return is_on and at < self.ends_at

    def cancel(self, at: datetime) -> bool:
        """Call it off. Returns False, and changes nothing, unless it is still to come."""
        if self.status is not WebinarStatus.SCHEDULED:
            return False
        self.status, self.updated_at = WebinarStatus.CANCELLED, at
        self.sequence += 1
        self.version += 1
        return True
