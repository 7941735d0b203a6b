"""What payment-service says: orders, money, access that was paid, points and coupons."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.event import AmountMinor, Currency, Event


class ItemType(StrEnum):
    """What can be paid for."""

    COURSE = "COURSE"
    WEBINAR = "WEBINAR"
    MEMBERSHIP = "MEMBERSHIP"


class OrderFacts(Event):
    """An order and its money. Amounts are integer minor units of `currency`."""

    order_id: UUID
    user_id: UUID
    item_type: ItemType
    item_id: UUID
    item_title: str
    amount_minor: AmountMinor
    currency: Currency


class OrderCreated(OrderFacts):
    """Somebody wants to pay. `amount_minor` is what remains after coupon and points."""

    name: ClassVar[str] = "order.created"
    aggregate: ClassVar[str] = "order"

    discount_minor: AmountMinor = 0
    coupon_id: UUID | None = None


class OrderExpired(OrderFacts):
    """An order was left open too long; what it had reserved is free again."""

    name: ClassVar[str] = "order.expired"
    aggregate: ClassVar[str] = "order"


class PaymentCaptured(OrderFacts):
    """The money of an order has arrived. Published once per order."""

    name: ClassVar[str] = "payment.captured"
    aggregate: ClassVar[str] = "order"

    razorpay_payment_id: str | None = None
    receipt_number: str
    captured_at: datetime


class PaymentFailed(OrderFacts):
    """A payment did not go through; the order may still be paid."""

    name: ClassVar[str] = "payment.failed"
    aggregate: ClassVar[str] = "order"

    reason: str | None = None


class RefundRequested(OrderFacts):
    """Money shall go back: an admin (`requested_by`) or a rule (`cause`) wants it."""

    name: ClassVar[str] = "refund.requested"
    aggregate: ClassVar[str] = "order"

    refund_id: UUID
    cause: str
    requested_by: UUID | None = None


class RefundProcessed(OrderFacts):
    """Money went back. `amount_minor` is this refund, `refunded_minor` the sum so far.

    `fully_refunded` closes the access. A payment that paid twice goes back without being counted.
    """

    name: ClassVar[str] = "refund.processed"
    aggregate: ClassVar[str] = "order"

    refund_id: UUID
    refunded_minor: AmountMinor
    fully_refunded: bool = False
    reason: str | None = None
    requested_by: UUID | None = None


class EntitlementGranted(Event):
    """A person may use an item; `granted_by` is the admin who gave it for nothing."""

    name: ClassVar[str] = "entitlement.granted"
    aggregate: ClassVar[str] = "entitlement"

    entitlement_id: UUID
    user_id: UUID
    item_type: ItemType
    item_id: UUID
    order_id: UUID | None = None
    reason: Literal["PAYMENT", "ADMIN"]
    expires_at: datetime | None = None
    granted_by: UUID | None = None


class EntitlementRevoked(Event):
    """A person may use an item no longer; `revoked_by` is the admin who took it away."""

    name: ClassVar[str] = "entitlement.revoked"
    aggregate: ClassVar[str] = "entitlement"

    entitlement_id: UUID
    user_id: UUID
    item_type: ItemType
    item_id: UUID
    reason: Literal["REFUND", "ADMIN", "EXPIRED"]
    revoked_by: UUID | None = None


class PointsRuleFact(BaseModel):
    """What one event type is worth, and how much of it a person can get in a day."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_type: str
    points: int
    daily_cap: int | None = None


class PointsRulesReplaced(Event):
    """An admin has set what brings how many points; these rules hold and no others."""

    name: ClassVar[str] = "points_rules.replaced"
    aggregate: ClassVar[str] = "points_rules"

    rules: list[PointsRuleFact]
    replaced_by: UUID


class PointsAwarded(Event):
    """Points were added to a person's ledger by a rule. `balance` is the sum after it."""

    name: ClassVar[str] = "points.awarded"
    aggregate: ClassVar[str] = "points_account"

    points_account_id: UUID
    user_id: UUID
    points: int
    balance: int
    rule: str
    reason_event_id: UUID


class CouponCreated(Event):
    """An admin has made a coupon. Its code does not go along."""

    name: ClassVar[str] = "coupon.created"
    aggregate: ClassVar[str] = "coupon"

    coupon_id: UUID
    kind: str
    item_type: ItemType | None = None
    item_id: UUID | None = None
    max_redemptions: int | None = None
    created_by: UUID


class CouponRedeemed(Event):
    """A coupon was used for an order that is paid."""

    name: ClassVar[str] = "coupon.redeemed"
    aggregate: ClassVar[str] = "redemption"

    redemption_id: UUID
    coupon_id: UUID
    code: str
    user_id: UUID
    order_id: UUID | None = None
    discount_minor: AmountMinor
    currency: Currency
