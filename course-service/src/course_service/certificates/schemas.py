"""Bodies and answers of the certificate routes."""

from datetime import datetime
from uuid import UUID

from course_service.bodies import PostIn
from course_service.certificates.models import CertificateStatus
from servicekit.fields import Out, ShortText, Title


class GenerateIn(PostIn):
    """The name to print, if the profile has none."""

    recipient_name: Title | None = None


class RevokeIn(PostIn):
    """Why a certificate is taken back."""

    reason: ShortText | None = None


class CertificateOut(Out):
    """A certificate. `qr_code` is the code that its QR code carries."""

    id: UUID
    enrollment_id: UUID
    user_id: UUID
    course_id: UUID
    course_title: str
    recipient_name: str | None
    certificate_number: str
    qr_code: str
    verification_url: str
    status: CertificateStatus
    completed_at: datetime
    issued_at: datetime | None
    revoked_at: datetime | None
