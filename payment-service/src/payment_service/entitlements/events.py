"""Entitlements as events, with the version that the change gave them."""

from typing import Literal
from uuid import UUID

from contracts.payment import EntitlementGranted, EntitlementRevoked
from payment_service.entitlements.models import Entitlement


def grant_of(
    entitlement: Entitlement,
    reason: Literal["PAYMENT", "ADMIN"],
    *,
    granted_by: UUID | None = None,
) -> EntitlementGranted:
    """Access was opened."""
    return EntitlementGranted(
        version=entitlement.version,
        entitlement_id=entitlement.id,
        user_id=entitlement.user_id,
        item_type=entitlement.item_type,
        item_id=entitlement.item_id,
        order_id=entitlement.order_id,
        reason=reason,
        expires_at=entitlement.expires_at,
        granted_by=granted_by,
    )


def revocation_of(
    entitlement: Entitlement,
    reason: Literal["REFUND", "ADMIN", "EXPIRED"],
    *,
    revoked_by: UUID | None = None,
) -> EntitlementRevoked:
    """Access was closed."""
    return EntitlementRevoked(
        version=entitlement.version,
        entitlement_id=entitlement.id,
        user_id=entitlement.user_id,
        item_type=entitlement.item_type,
        item_id=entitlement.item_id,
        reason=reason,
        revoked_by=revoked_by,
    )
