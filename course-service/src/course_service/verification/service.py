"""Checking a certificate."""

from sqlalchemy.ext.asyncio import AsyncSession

from course_service.certificates.models import CertificateStatus
from course_service.certificates.queries import find_by_code
from course_service.verification.schemas import Verdict, VerificationOut


async def verify_certificate(session: AsyncSession, *, code: str, issuer: str) -> VerificationOut:
    """What anybody may know of a certificate by its QR code or its number."""
    found = await find_by_code(session, code)
    if found is not None and found.status is CertificateStatus.WITHDRAWN:
        # Its learner is no more: the number that was printed is known, and nothing else is told.
        facts = dict.fromkeys(VerificationOut.model_fields) | {
            "certificate_number": found.certificate_number
        }
        withdrawn = {"status": Verdict.WITHDRAWN, "is_valid": False, "issuer": issuer}
        return VerificationOut.model_validate(facts | withdrawn)
    if found is None or found.recipient_name is None:
        facts = dict.fromkeys(VerificationOut.model_fields)
        unknown = {"status": Verdict.UNKNOWN, "is_valid": False, "issuer": issuer}
        return VerificationOut.model_validate(facts | unknown)
    is_valid = found.status is not CertificateStatus.REVOKED
    return VerificationOut(
        status=Verdict.VALID if is_valid else Verdict.REVOKED,
        is_valid=is_valid,
        certificate_number=found.certificate_number,
        recipient_name=found.recipient_name,
        course_title=found.course_title,
        instructor_name=found.instructor_name,
        issuer=issuer,
        completed_at=found.completed_at,
        issued_at=found.issued_at,
        revoked_at=found.revoked_at,
    )
