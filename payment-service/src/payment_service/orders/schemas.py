"""What clients send and see of orders."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from contracts.payment import ItemType
from payment_service.fields import CouponCode
from payment_service.orders.models import Order, OrderStatus
from servicekit.fields import In, Out, from_minor


class OrderIn(In):
    """A wish to buy one item at the catalogue's price."""

    item_type: ItemType
    item_id: UUID
    coupon_code: CouponCode | None = None
    points: Annotated[int, Field(ge=0, le=1_000_000)] = 0

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)


class OrderOut(Out):
    """An order, with what Razorpay Checkout needs: `razorpay_order_id, key_id, amount_minor,
    currency`.

    `amount` is what is to be paid, as a decimal string; a paid order has a `receipt_number`.
    """

    id: UUID
    user_id: UUID
    item_type: ItemType
    item_id: UUID
    item_title: str
    status: OrderStatus
    price: str
    discount: str
    amount: str
    amount_minor: int
    refunded: str
    currency: str
    coupon_id: UUID | None
    razorpay_order_id: str | None
    razorpay_payment_id: str | None
    key_id: str
    receipt_number: str | None
    failure_reason: str | None
    created_at: datetime
    expires_at: datetime
    expired_at: datetime | None
    captured_at: datetime | None

    @classmethod
    def of(cls, order: Order, *, key_id: str) -> Self:
        """The order as its buyer sees it."""
        return cls.model_validate(
            {
                **{name: getattr(order, name, None) for name in cls.model_fields},
                "price": from_minor(order.list_minor),
                "discount": from_minor(order.discount_minor),
                "amount": from_minor(order.amount_minor),
                "refunded": from_minor(order.refunded_minor),
                "key_id": key_id,
            }
        )
