"""Certificates as the events that announce them."""

from uuid import UUID

from contracts.course import CertificateIssued, CertificateRevoked
from course_service.certificates.models import Certificate
from servicekit.clock import now


def issue_of(certificate: Certificate) -> CertificateIssued:
    """The PDF can be downloaded."""
    return CertificateIssued(
        version=certificate.version,
        certificate_id=certificate.id,
        certificate_number=certificate.certificate_number,
        enrollment_id=certificate.enrollment_id,
        course_id=certificate.course_id,
        course_title=certificate.course_title,
        user_id=certificate.user_id,
        verification_url=certificate.verification_url,
        issued_at=certificate.issued_at or now(),
    )


def revocation_of(certificate: Certificate, *, revoked_by: UUID) -> CertificateRevoked:
    """The certificate is not valid any more."""
    return CertificateRevoked(
        version=certificate.version,
        certificate_id=certificate.id,
        certificate_number=certificate.certificate_number,
        course_title=certificate.course_title,
        user_id=certificate.user_id,
        reason=certificate.revoked_reason,
        revoked_by=revoked_by,
    )
