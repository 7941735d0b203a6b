"""Answers of the public check."""

from datetime import datetime
from enum import StrEnum

from servicekit.fields import Out


class Verdict(StrEnum):
    """What a public check says."""

    VALID = "VALID"
    REVOKED = "REVOKED"
    WITHDRAWN = "WITHDRAWN"
    UNKNOWN = "UNKNOWN"


class VerificationOut(Out):
    """A public check; what a certificate says is null unless it is known."""

    status: Verdict
    is_valid: bool
    certificate_number: str | None
    recipient_name: str | None
    course_title: str | None
    instructor_name: str | None
    issuer: str
    completed_at: datetime | None
    issued_at: datetime | None
    revoked_at: datetime | None
