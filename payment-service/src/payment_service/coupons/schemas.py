"""What clients send and see of coupons."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from contracts.payment import ItemType
from payment_service.coupons.models import Coupon, CouponKind
from payment_service.fields import CouponCode
from servicekit.fields import CurrencyCode, In, Moment, Money, Out, from_minor

Cap = Annotated[int, Field(ge=1, le=1_000_000)]


class CouponIn(In):
    """A checkout coupon: `percent` for PERCENT, `amount` in `currency` for FIXED.

    Without `item_type` and `item_id` it fits everything; `item_id` needs its `item_type`.
    """

    code: CouponCode
    kind: CouponKind = CouponKind.PERCENT
    percent: Annotated[int, Field(ge=1, le=100)] | None = None
    amount: Annotated[Money, Field(gt=0)] | None = None
    currency: CurrencyCode = "INR"
    item_type: ItemType | None = None
    item_id: UUID | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    max_redemptions: Cap | None = None
    max_per_user: Cap | None = None
    points_price: Annotated[int, Field(ge=0)] | None = None
    company_id: UUID | None = None
    category_id: UUID | None = None
    stock: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        is_percent = self.kind is CouponKind.PERCENT
        if is_percent != (self.percent is not None) or is_percent == (self.amount is not None):
            raise ValueError("PERCENT takes percent, FIXED takes amount")
        if self.item_id is not None and self.item_type is None:
            raise ValueError("item_id needs item_type")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be after starts_at")
        return self


class CouponOut(Out):
    """A checkout coupon. Only admins see its `code`, its caps and how often it was used."""

    id: UUID
    code: str | None
    kind: CouponKind
    percent: int | None
    amount: str | None
    currency: str
    item_type: ItemType | None
    item_id: UUID | None
    starts_at: datetime | None
    ends_at: datetime | None
    max_redemptions: int | None
    max_per_user: int | None
    remaining: int | None
    redeemed: int | None
    created_at: datetime

    @classmethod
    def of(cls, coupon: Coupon, *, redeemed: int | None) -> Self:
        """The coupon; `redeemed` None hides what only admins see."""
        values = {name: getattr(coupon, name, None) for name in cls.model_fields}
        amount = None if coupon.amount_minor is None else from_minor(coupon.amount_minor)
        values |= {"amount": amount, "redeemed": redeemed}
        if redeemed is None:
            values |= dict.fromkeys(("code", "max_redemptions", "remaining"))
        return cls.model_validate(values)


class CouponCheckIn(In):
    """Would this code lower the price of this item for me?"""

    code: CouponCode
    item_type: ItemType
    item_id: UUID


class CouponCheckOut(Out):
    """What the item would cost; `reason` says why a code is not valid."""

    code: str
    valid: bool
    reason: str | None
    item_type: ItemType
    item_id: UUID
    price: str
    discount: str
    amount: str
    amount_minor: int
    currency: str

    @classmethod
    def of(cls, wish: CouponCheckIn, **found: Any) -> Self:
        """The answer for a price and a discount in minor units."""
        price_minor, discount_minor = found.pop("price_minor"), found.pop("discount_minor")
        left = price_minor - discount_minor
        return cls(
            **wish.model_dump(),
            **found,
            price=from_minor(price_minor),
            discount=from_minor(discount_minor),
            amount=from_minor(left),
            amount_minor=left,
        )
