"""Documents that people submit, and where their check stands."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.database import Model
from contracts.access import VerificationStatus
from servicekit.clock import now
from servicekit.database import WithId

OPEN = (VerificationStatus.SUBMITTED, VerificationStatus.IN_REVIEW)


class DocumentType(StrEnum):
    """What is submitted. Only a medical licence makes its owner `verified`."""

    MEDICAL_LICENSE = "MEDICAL_LICENSE"
    ID_CARD = "ID_CARD"
    DEGREE = "DEGREE"


class Verification(WithId, Model):
    """One document on its way from a person to a moderator's decision."""

    __tablename__ = "verifications"
    __table_args__ = (
        Index(
            "uq_verifications_open",
            "user_id",
            "document_type",
            unique=True,
            postgresql_where=text("status IN ('SUBMITTED', 'IN_REVIEW')"),
        ),
        Index("ix_verifications_status_id", "status", "id"),
        Index(
            "ix_verifications_expires_on",
            "expires_on",
            postgresql_where=text("status = 'APPROVED'"),
        ),
        Index("ix_verifications_user_id", "user_id", "id"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    document_type: Mapped[DocumentType]
    license_number: Mapped[str | None]
    council: Mapped[str | None]
    country: Mapped[str | None]
    expires_on: Mapped[date | None]
    asset_id: Mapped[UUID | None]
    status: Mapped[VerificationStatus]
    notes: Mapped[str | None]
    reviewer_id: Mapped[UUID | None]
    submitted_at: Mapped[datetime]
    reviewed_at: Mapped[datetime | None]
    version: Mapped[int]

    def __init__(self, **values: Any) -> None:
        defaults: dict[str, Any] = {
            "status": VerificationStatus.SUBMITTED,
            "submitted_at": now(),
            "version": 1,
        }
        super().__init__(**(defaults | values))

    def open_by(self, moderator_id: UUID) -> bool:
        """A moderator looks at it for the first time. Returns False if somebody did before."""
        if self.status is not VerificationStatus.SUBMITTED:
            return False
        self.status, self.reviewer_id = VerificationStatus.IN_REVIEW, moderator_id
        self.version += 1
        return True

    def decide(
        self, status: VerificationStatus, *, by: UUID, notes: str | None, at: datetime
    ) -> bool:
        """A moderator's decision. Returns False, and changes nothing, if it was decided before."""
        if self.status not in OPEN:
            return False
        self.status, self.reviewer_id = status, by
        self.notes, self.reviewed_at = notes, at
        self.version += 1
        return True

    def lapse(self) -> bool:
        """An accepted document has passed its last day. Returns False if it was not accepted."""
        if self.status is not VerificationStatus.APPROVED:
            return False
        self.status = VerificationStatus.EXPIRED
        self.version += 1
        return True
