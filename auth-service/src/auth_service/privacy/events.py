"""Erasures as events."""

from auth_service.privacy.models import Erasure
from contracts.access import UserDeleted


def deletion_of(erasure: Erasure) -> UserDeleted:
    """`user.deleted`."""
    return UserDeleted(
        version=erasure.version,
        user_id=erasure.user_id,
        tombstone_id=erasure.id,
        deadline=erasure.deadline,
        not_before=erasure.requested_at,
        deleted_by=erasure.deleted_by,
    )
