"""Erasures and exports as events."""

from datetime import datetime

from auth_service.privacy.models import Erasure, Export
from contracts.access import UserDeleted
from contracts.privacy import ExportCompleted, ExportPartReady, ExportRequested
from servicekit.privacy import Part


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


def part_of(part: Part) -> ExportPartReady:
    """`export.part_ready`."""
    return ExportPartReady(version=1, service="auth-service", **part._asdict())


def wish_of(export: Export) -> ExportRequested:
    """`export.requested`."""
    return ExportRequested(
        version=1,
        export_id=export.id,
        user_id=export.user_id,
        prefix=export.parts_prefix,
        deadline=export.deadline,
    )


def completion_of(export: Export, *, expires_at: datetime) -> ExportCompleted:
    """`export.completed`."""
    return ExportCompleted(
        version=2,
        export_id=export.id,
        user_id=export.user_id,
        expires_at=expires_at,
        missing=export.missing,
    )
