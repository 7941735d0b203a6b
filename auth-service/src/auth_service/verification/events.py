"""Verifications as events."""

from datetime import datetime
from uuid import UUID

from auth_service.accounts.models import User
from auth_service.verification.models import Verification
from contracts.access import UserVerificationChanged, VerificationStatus
from contracts.auth import VerificationOpened, VerificationReviewed, VerificationSubmitted


def submission_of(document: Verification) -> VerificationSubmitted:
    """`verification.submitted`."""
    return VerificationSubmitted(
        version=document.version,
        verification_id=document.id,
        user_id=document.user_id,
        document_type=document.document_type,
        asset_id=document.asset_id,
    )


def opening_of(document: Verification, opened_by: UUID) -> VerificationOpened:
    """`verification.opened`."""
    return VerificationOpened(
        version=document.version,
        verification_id=document.id,
        user_id=document.user_id,
        opened_by=opened_by,
    )


def review_of(document: Verification, reviewer_id: UUID) -> VerificationReviewed:
    """`verification.reviewed`."""
    return VerificationReviewed(
        version=document.version,
        verification_id=document.id,
        user_id=document.user_id,
        reviewer_id=reviewer_id,
        status=document.status,
        notes=document.notes,
    )


def change_of(
    user: User, document: Verification, *, before: VerificationStatus, not_before: datetime | None
) -> UserVerificationChanged:
    """`user.verification_changed`; `not_before` only when the person is verified no longer."""
    return UserVerificationChanged(
        version=user.next_version(),
        user_id=user.id,
        verification_id=document.id,
        from_status=before,
        to_status=document.status,
        verified=user.verified,
        expires_on=document.expires_on,
        notes=document.notes,
        not_before=not_before,
    )
