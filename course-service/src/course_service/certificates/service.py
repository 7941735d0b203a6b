"""Issuing, checking and revoking certificates."""

import asyncio
import base64
import hashlib
import logging
import secrets
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from course_service.certificates import queries
from course_service.certificates.errors import (
    CertificateNotReady,
    CertificateWithdrawn,
    CourseNotFinished,
    NoCertificateGiven,
)
from course_service.certificates.events import issue_of, revocation_of
from course_service.certificates.models import Certificate, CertificateStatus
from course_service.certificates.pdf import Printer
from course_service.certificates.schemas import GenerateIn
from course_service.copies.queries import find_name
from course_service.courses.models import CertificationMode
from course_service.enrollments.models import Enrollment, EnrollmentStatus
from course_service.enrollments.queries import lock_enrollment
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.messaging import publish
from servicekit.sessions import Sessions
from servicekit.storage import Storage

log = logging.getLogger(__name__)


async def generate_certificate(
    session: AsyncSession, *, enrollment_id: UUID, body: GenerateIn, public_url: str, by: Principal
) -> tuple[Certificate, bool]:
    """The certificate of the caller's completed enrollment, and whether it was made just now.

    `recipient_name` counts as long as none is known. Raises EnrollmentNotFound,
    CourseNotFinished, NoCertificateGiven.
    """
    enrollment = await lock_enrollment(session, enrollment_id, owner=by.user_id)
    if enrollment.status is not EnrollmentStatus.COMPLETED:
        raise CourseNotFinished(progress_pct=enrollment.progress_pct)
    present = await queries.find_certificate_of(session, enrollment_id=enrollment.id)
    certificate = present or await issue_certificate(session, enrollment, public_url=public_url)
    if certificate is None:
        raise NoCertificateGiven
    certificate.recipient_name = certificate.recipient_name or body.recipient_name
    return certificate, present is None


async def issue_certificate(
    session: AsyncSession, enrollment: Enrollment, *, public_url: str
) -> Certificate | None:
    """Number the completion of a locked enrollment; one completion has one certificate.

    The PDF follows by the worker. None if the course gives no certificate.
    """
    if enrollment.course.certification_mode is CertificationMode.NONE:
        return None
    present = await queries.find_certificate_of(session, enrollment_id=enrollment.id)
    if present is not None:
        return present

    code, at = _new_code(), now()
    certificate = Certificate(
        enrollment_id=enrollment.id,
        user_id=enrollment.user_id,
        course_id=enrollment.course_id,
        course_title=enrollment.course.title,
        instructor_name=enrollment.course.instructor_name,
        recipient_name=await find_name(session, enrollment.user_id),
        certificate_number=await queries.next_number(session, year=at.year),
        code=code,
        verification_url=f"{public_url.rstrip('/')}/verify/{code}",
        completed_at=enrollment.completed_at or at,
        status=CertificateStatus.PENDING,
        due_at=at,
    )
    session.add(certificate)
    await session.flush()
    return certificate


async def print_pending(sessions: Sessions, *, storage: Storage, printer: Printer) -> bool:
    """Print one certificate that waits for its PDF, and announce it. False if none waits.

    Two short transactions around the work. A crash between them leaves a row whose lease ends, and
    the next print makes the same bytes under the same key.
    """
    async with sessions.begin() as session:
        certificate = await queries.claim_pending(session, at=now())
    if certificate is None:
        return False

    pdf = await asyncio.to_thread(printer.print, certificate)
    digest = hashlib.sha256(pdf).hexdigest()
    key = f"private/certificates/{digest}.pdf"
    await storage.put(key, pdf)

    async with sessions.begin() as session:
        stored = await queries.lock_certificate(session, certificate.id)
        if stored.issue(key=key, sha256=digest, at=now()):
            publish(session, issue_of(stored))
        is_withdrawn = stored.status is CertificateStatus.WITHDRAWN
    if is_withdrawn:  # meanwhile
        await storage.delete(key)
    return True


async def remove_withdrawn_print(sessions: Sessions, *, storage: Storage) -> bool:
    """Remove one PDF whose learner is no more. False if there is none."""
    async with sessions() as session:
        withdrawn = await queries.find_withdrawn(session)
    if withdrawn is None or withdrawn.key is None:
        return False
    # The object first: a crash between the two repeats it, and what is gone counts as removed.
    await storage.delete(withdrawn.key)
    async with sessions.begin() as session:
        certificate = await queries.lock_certificate(session, withdrawn.id)
        certificate.key = certificate.sha256 = None
    return True


async def read_certificate(
    session: AsyncSession, *, certificate_id: UUID, storage: Storage, by: Principal
) -> tuple[Certificate, bytes]:
    """The PDF of the caller's own certificate.

    Raises CertificateNotFound, CertificateNotReady, CertificateWithdrawn.
    """
    certificate = await queries.get_certificate(session, certificate_id, owner=by.user_id)
    if certificate.status is CertificateStatus.REVOKED:
        raise CertificateWithdrawn
    if certificate.key is None:
        raise CertificateNotReady(headers={"Retry-After": "1"})
    return certificate, await storage.get(certificate.key)


async def revoke_certificate(
    session: AsyncSession, *, certificate_id: UUID, reason: str | None, by: Principal
) -> Certificate:
    """Take a certificate back; again changes nothing. Raises CertificateNotFound."""
    certificate = await queries.lock_certificate(session, certificate_id)
    if certificate.revoke(reason=reason, at=now()):
        publish(session, revocation_of(certificate, revoked_by=by.user_id))
        log.info("certificate revoked", extra={"certificate_id": certificate.id, "by": by.user_id})
    return certificate


def _new_code() -> str:
    return base64.b32encode(secrets.token_bytes(15)).decode().lower()
