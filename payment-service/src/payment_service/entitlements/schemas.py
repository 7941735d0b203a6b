"""What clients send and see of entitlements."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import model_validator

from contracts.payment import ItemType
from payment_service.entitlements.models import EntitlementStatus
from servicekit.fields import In, Moment, Out


class EntitlementIn(In):
    """Access that an admin gives; without `expires_at` it lasts."""

    user_id: UUID
    item_type: ItemType
    item_id: UUID
    expires_at: Moment | None = None

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)


class EntitlementOut(Out):
    """Somebody's access to one item; `order_id` is null where nobody paid."""

    id: UUID
    user_id: UUID
    item_type: ItemType
    item_id: UUID
    status: EntitlementStatus
    order_id: UUID | None
    granted_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class EntitlementCheckOut(Out):
    """Whether the caller may use the item now."""

    item_type: ItemType
    item_id: UUID
    entitled: bool
    entitlement_id: UUID | None
    expires_at: datetime | None
