"""A certificate: a promise first, a PDF soon after."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Sequence, text
from sqlalchemy.orm import Mapped, mapped_column

from course_service.database import Model
from servicekit.database import WithId

NUMBERS = Sequence("certificate_numbers", metadata=Model.metadata)


WITHDRAWN_PRINT = "status = 'WITHDRAWN' AND key IS NOT NULL"
"""A PDF that nobody may have any more, and that is still there."""


class CertificateStatus(StrEnum):
    """PENDING until the PDF is stored; WITHDRAWN when its learner is no more."""

    PENDING = "PENDING"
    ISSUED = "ISSUED"
    REVOKED = "REVOKED"
    WITHDRAWN = "WITHDRAWN"


class Certificate(WithId, Model):
    """Proof of one completion. What it prints is fixed here: its PDF is always the same bytes."""

    __tablename__ = "certificates"
    __table_args__ = (
        Index("ix_certificates_user_id", "user_id", "id"),
        Index("ix_certificates_withdrawn", "id", postgresql_where=text(WITHDRAWN_PRINT)),
        Index("ix_certificates_due_at", "due_at", postgresql_where=text("status = 'PENDING'")),
    )

    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollments.id"), unique=True)
    user_id: Mapped[UUID]
    course_id: Mapped[UUID]
    course_title: Mapped[str]
    instructor_name: Mapped[str]
    recipient_name: Mapped[str | None]
    certificate_number: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str] = mapped_column(unique=True)
    verification_url: Mapped[str]
    completed_at: Mapped[datetime]
    status: Mapped[CertificateStatus]
    key: Mapped[str | None]
    sha256: Mapped[str | None]
    due_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=0)

    @property
    def qr_code(self) -> str:
        """The word that the QR code carries at the end of its address."""
        return self.code

    def issue(self, *, key: str, sha256: str, at: datetime) -> bool:
        """Note that the PDF is stored. Returns False, and changes nothing, if that is known."""
        if self.status is not CertificateStatus.PENDING:
            return False
        self.status, self.key, self.sha256, self.issued_at = (
            CertificateStatus.ISSUED,
            key,
            sha256,
            at,
        )
        self.version += 1
        return True

    def revoke(self, *, reason: str | None, at: datetime) -> bool:
        """Take it back for good. Returns False if it was taken back before."""
        if self.status in {CertificateStatus.REVOKED, CertificateStatus.WITHDRAWN}:
            return False
        self.status, self.revoked_at, self.revoked_reason = (
            CertificateStatus.REVOKED,
            at,
            reason,
        )
        self.version += 1
        return True
