"""Certificates, found, claimed and listed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from course_service.certificates.errors import CertificateNotFound
from course_service.certificates.models import (
    NUMBERS,
    WITHDRAWN_PRINT,
    Certificate,
    CertificateStatus,
)
from course_service.copies.models import Person

LEASE = timedelta(seconds=60)
"""How long whoever renders a certificate has it alone."""


async def next_number(session: AsyncSession, *, year: int) -> str:
    """A certificate number that nobody has, such as `DFQ-2026-000042`."""
    return f"DFQ-{year}-{await session.scalar(NUMBERS.next_value()):06d}"


async def find_certificate_of(session: AsyncSession, *, enrollment_id: UUID) -> Certificate | None:
    """The certificate of an enrollment, locked."""
    query = select(Certificate).where(Certificate.enrollment_id == enrollment_id)
    return await session.scalar(query.with_for_update())


async def get_certificate(
    session: AsyncSession, certificate_id: UUID, *, owner: UUID
) -> Certificate:
    """The owner's certificate. Raises CertificateNotFound."""
    own = select(Certificate).where(Certificate.id == certificate_id, Certificate.user_id == owner)
    return _found(await session.scalar(own))


async def lock_certificate(session: AsyncSession, certificate_id: UUID) -> Certificate:
    """A certificate, locked. Raises CertificateNotFound."""
    query = select(Certificate).where(Certificate.id == certificate_id).with_for_update()
    return _found(await session.scalar(query.execution_options(populate_existing=True)))


async def find_by_code(session: AsyncSession, code: str) -> Certificate | None:
    """The certificate of a QR code or a number; whatever else was typed has none."""
    if not code.isascii() or not code.isprintable():
        return None
    query = select(Certificate).where(
        or_(Certificate.code == code, Certificate.certificate_number == code.upper())
    )
    return await session.scalar(query)


async def list_certificates(
    session: AsyncSession, *, user_id: UUID, after: UUID | None, limit: int
) -> Sequence[Certificate]:
    """A learner's certificates, newest first; `limit + 1` of them."""
    query = select(Certificate).where(Certificate.user_id == user_id)
    if after is not None:
        query = query.where(Certificate.id < after)
    return (await session.scalars(query.order_by(Certificate.id.desc()).limit(limit + 1))).all()


async def claim_pending(session: AsyncSession, *, at: datetime) -> Certificate | None:
    """One certificate that has a name and no PDF, leased to the caller; None if there is none.

    A name that was not known at completion is taken from the profile here, and stays.
    """
    query = (
        select(Certificate, Person.full_name)
        .outerjoin(Person, Person.user_id == Certificate.user_id)
        .where(
            Certificate.status == CertificateStatus.PENDING,
            Certificate.due_at <= at,
            or_(Certificate.recipient_name.is_not(None), Person.full_name != ""),
        )
        .order_by(Certificate.due_at)
        .limit(1)
        .with_for_update(of=Certificate, skip_locked=True)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    certificate, full_name = found
    certificate.recipient_name = certificate.recipient_name or full_name
    certificate.due_at = at + LEASE
    return certificate


async def find_withdrawn(session: AsyncSession) -> Certificate | None:
    """One withdrawn certificate whose PDF is still there."""
    return await session.scalar(select(Certificate).where(text(WITHDRAWN_PRINT)).limit(1))


def _found(certificate: Certificate | None) -> Certificate:
    if certificate is None:
        raise CertificateNotFound
    return certificate
