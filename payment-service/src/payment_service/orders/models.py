"""The rows of orders, and the rules that they keep themselves."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Sequence
from sqlalchemy.orm import Mapped, mapped_column

from contracts.payment import ItemType
from payment_service.database import Model
from servicekit.database import AmountMinor, WithId


class OrderStatus(StrEnum):
    """Forward only. FAILED can still become CAPTURED: banks authorize late."""

    CREATED = "CREATED"
    AUTHORIZED = "AUTHORIZED"
    CAPTURED = "CAPTURED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    FAILED = "FAILED"


UNPAID = (OrderStatus.CREATED, OrderStatus.AUTHORIZED, OrderStatus.FAILED)
PAID = (OrderStatus.CAPTURED, OrderStatus.PARTIALLY_REFUNDED)

BANKS_HOLD = timedelta(days=4)

receipt_numbers = Sequence("receipt_numbers", metadata=Model.metadata)


class Order(WithId, Model):
    """One person's wish to pay for one item. Amounts are minor units of `currency`.

    `list_minor` is the catalogue's price, `amount_minor` what remains after the coupon.
    An order that was left open is FAILED with `expired_at`.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(
            "0 <= refunded_minor AND refunded_minor <= captured_minor "
            "AND captured_minor <= amount_minor",
            name="money_adds_up",
        ),
        Index("ix_orders_user_id_id", "user_id", "id"),
        Index(
            "ix_orders_open",
            "next_check_at",
            postgresql_where="next_check_at IS NOT NULL",
        ),
    )

    user_id: Mapped[UUID]
    item_type: Mapped[ItemType]
    item_id: Mapped[UUID] = mapped_column(index=True)
    item_title: Mapped[str]
    list_minor: Mapped[AmountMinor]
    discount_minor: Mapped[AmountMinor] = mapped_column(default=0)
    amount_minor: Mapped[AmountMinor]
    captured_minor: Mapped[AmountMinor] = mapped_column(default=0)
    refunded_minor: Mapped[AmountMinor] = mapped_column(default=0)
    currency: Mapped[str]
    coupon_id: Mapped[UUID | None]
    status: Mapped[OrderStatus] = mapped_column(default=OrderStatus.CREATED)
    failure_reason: Mapped[str | None]
    razorpay_order_id: Mapped[str | None] = mapped_column(unique=True)
    razorpay_payment_id: Mapped[str | None] = mapped_column(unique=True)
    receipt_number: Mapped[str | None] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    expired_at: Mapped[datetime | None]
    captured_at: Mapped[datetime | None]
    next_check_at: Mapped[datetime | None]

    def next_version(self) -> int:
        """Count one more event of this order; call it on the locked row, before `publish()`."""
        self.version += 1
        return self.version

    def authorize(self) -> bool:
        """A bank holds the money. Returns False unless the order was waiting for that."""
        if self.status is not OrderStatus.CREATED:
            return False
        self.status = OrderStatus.AUTHORIZED
        return True

    def capture(
        self, *, razorpay_payment_id: str | None, receipt_number: str, at: datetime
    ) -> bool:
        """The money has arrived. Returns False, and changes nothing, if it had before."""
        if self.status not in UNPAID:
            return False
        self.status, self.captured_at = OrderStatus.CAPTURED, at
        self.captured_minor = self.amount_minor
        self.razorpay_payment_id, self.receipt_number = razorpay_payment_id, receipt_number
        self.failure_reason = self.next_check_at = None
        return True

    def fail(self, reason: str | None) -> bool:
        """A payment did not go through. Returns False once money is on its way."""
        if self.status not in {OrderStatus.CREATED, OrderStatus.FAILED}:
            return False
        self.status, self.failure_reason = OrderStatus.FAILED, reason
        return True

    def expire(self, at: datetime) -> bool:
        """Nobody paid in time. Returns False if it was paid, is being paid, or had expired.

        What a bank held for four days without a capture went back to the buyer by itself.
        """
        held = self.status is OrderStatus.AUTHORIZED and at < self.created_at + BANKS_HOLD
        return not held and self.close(at, "The order was not paid in time")

    def close(self, at: datetime, reason: str) -> bool:
        """Wait for money no longer. Returns False if it was paid or is closed already."""
        if self.status not in UNPAID or self.expired_at is not None:
            return False
        self.status, self.expired_at = OrderStatus.FAILED, at
        self.failure_reason = self.failure_reason or reason
        return True

    def refund(self, amount_minor: int) -> None:
        """Money has gone back; CHECK refuses more than was captured."""
        self.refunded_minor += amount_minor
        whole = self.refunded_minor == self.captured_minor
        self.status = OrderStatus.REFUNDED if whole else OrderStatus.PARTIALLY_REFUNDED
