"""Coupons, who holds them for an order, and how often each person used one."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from contracts.payment import ItemType
from payment_service.database import Model
from servicekit.database import AmountMinor, WithId


class CouponKind(StrEnum):
    """How a coupon lowers a price."""

    PERCENT = "PERCENT"
    FIXED = "FIXED"


class Coupon(WithId, Model):
    """A code that lowers a price. `remaining` is None where there is no cap in all."""

    __tablename__ = "coupons"
    __table_args__ = (CheckConstraint("remaining >= 0", name="never_oversold"),)

    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[CouponKind]
    percent: Mapped[int | None]
    amount_minor: Mapped[AmountMinor | None]
    currency: Mapped[str]
    item_type: Mapped[ItemType | None]
    item_id: Mapped[UUID | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    max_redemptions: Mapped[int | None]
    remaining: Mapped[int | None]
    max_per_user: Mapped[int | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]

    def discount_on(self, price_minor: int) -> int:
        """What it takes off a price, in minor units, rounded half up; never more than the price."""
        if self.kind is CouponKind.PERCENT:
            return (price_minor * (self.percent or 0) + 50) // 100
        return min(price_minor, self.amount_minor or 0)

    def refusal_for(
        self, *, item_type: ItemType, item_id: UUID, currency: str, at: datetime
    ) -> str | None:
        """Why it does not fit this item now, as a word for clients; None if it does."""
        if self.starts_at is not None and at < self.starts_at:
            return "NOT_YET_VALID"
        if self.ends_at is not None and self.ends_at <= at:
            return "NO_LONGER_VALID"
        if self.item_type not in {None, item_type} or self.item_id not in {None, item_id}:
            return "OTHER_ITEM"
        if self.kind is CouponKind.FIXED and self.currency != currency:
            return "OTHER_CURRENCY"
        return None


class CouponUse(Model):
    """How often one person holds or has used one coupon."""

    __tablename__ = "coupon_uses"
    __table_args__ = (CheckConstraint("uses >= 0", name="never_negative"),)

    coupon_id: Mapped[UUID] = mapped_column(ForeignKey("coupons.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    uses: Mapped[int]


class RedemptionStatus(StrEnum):
    """HELD by an open order, REDEEMED when it is paid, FREED when it expired."""

    HELD = "HELD"
    REDEEMED = "REDEEMED"
    FREED = "FREED"


class Redemption(WithId, Model):
    """One order's use of a coupon."""

    __tablename__ = "redemptions"

    coupon_id: Mapped[UUID] = mapped_column(ForeignKey("coupons.id"), index=True)
    user_id: Mapped[UUID]
    order_id: Mapped[UUID] = mapped_column(unique=True)
    discount_minor: Mapped[AmountMinor]
    currency: Mapped[str]
    status: Mapped[RedemptionStatus] = mapped_column(default=RedemptionStatus.HELD)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    redeemed_at: Mapped[datetime | None]
