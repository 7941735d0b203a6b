"""Who may use what."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contracts.payment import ItemType
from payment_service.database import Model
from servicekit.database import WithId


class EntitlementStatus(StrEnum):
    """A revoked entitlement keeps its row, so that its version goes on."""

    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


class Entitlement(WithId, Model):
    """One person's access to one item. `order_id` is the order that opened it last."""

    __tablename__ = "entitlements"
    __table_args__ = (UniqueConstraint("user_id", "item_type", "item_id"),)

    user_id: Mapped[UUID]
    item_type: Mapped[ItemType]
    item_id: Mapped[UUID]
    status: Mapped[EntitlementStatus]
    order_id: Mapped[UUID | None] = mapped_column(index=True)
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)

    def is_open(self, at: datetime) -> bool:
        """Whether it gives access at that time."""
        lasts = self.expires_at is None or self.expires_at > at
        return self.status is EntitlementStatus.ACTIVE and lasts

    def grant(self, *, order_id: UUID | None, expires_at: datetime | None, at: datetime) -> None:
        """Open it, again or for the first time."""
        self.status, self.order_id, self.expires_at = EntitlementStatus.ACTIVE, order_id, expires_at
        self.granted_at, self.revoked_at = at, None
        self.version += 1

    def revoke(self, at: datetime) -> bool:
        """Close it. Returns False, and changes nothing, if it is closed."""
        if self.status is EntitlementStatus.REVOKED:
            return False
        self.status, self.revoked_at = EntitlementStatus.REVOKED, at
        self.version += 1
        return True
