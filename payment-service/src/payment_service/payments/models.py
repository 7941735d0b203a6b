"""What Razorpay told us, and what we asked of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.database import Model
from servicekit.database import AmountMinor, WithId


class PaymentStatus(StrEnum):
    """Where a payment stands at Razorpay."""

    FAILED = "FAILED"
    AUTHORIZED = "AUTHORIZED"
    CAPTURED = "CAPTURED"

    @property
    def rank(self) -> int:
        """The place in the forward order; a later snapshot with a lower rank is old news."""
        return list(PaymentStatus).index(self)


class Standing(StrEnum):
    """What a payment means to its order. REVIEW opens nothing until a person decided."""

    OPEN = "OPEN"
    COUNTED = "COUNTED"
    SURPLUS = "SURPLUS"
    REVIEW = "REVIEW"


class Payment(WithId, Model):
    """One payment at Razorpay for one of our orders."""

    __tablename__ = "payments"
    __table_args__ = (
        Index(
            "ix_payments_to_capture",
            "next_capture_at",
            postgresql_where="next_capture_at IS NOT NULL",
        ),
    )

    razorpay_payment_id: Mapped[str] = mapped_column(unique=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    amount_minor: Mapped[AmountMinor]
    currency: Mapped[str]
    status: Mapped[PaymentStatus]
    standing: Mapped[Standing] = mapped_column(default=Standing.OPEN)
    failure_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    captured_at: Mapped[datetime | None]
    next_capture_at: Mapped[datetime | None]


class RefundStatus(StrEnum):
    """PENDING is asked again, with the same key, until Razorpay gives a final answer."""

    PENDING = "PENDING"
    PROCESSED = "PROCESSED"
    FAILED = "FAILED"


class RefundCause(StrEnum):
    """Who wanted the money to go back."""

    REQUESTED = "REQUESTED"
    PAID_TWICE = "PAID_TWICE"
    WEBINAR_CANCELLED = "WEBINAR_CANCELLED"
    MADE_AT_RAZORPAY = "MADE_AT_RAZORPAY"


class Refund(WithId, Model):
    """Money that goes back. Its id is the idempotency key and the receipt at Razorpay."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="is_money"),
        Index("ix_refunds_due", "due_at", postgresql_where="status = 'PENDING'"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), index=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    razorpay_refund_id: Mapped[str | None] = mapped_column(unique=True)
    amount_minor: Mapped[AmountMinor]
    currency: Mapped[str]
    cause: Mapped[RefundCause]
    reason: Mapped[str | None]
    status: Mapped[RefundStatus] = mapped_column(default=RefundStatus.PENDING)
    requested_by: Mapped[UUID | None]
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]


class ReviewCause(StrEnum):
    """Why a person has to look."""

    AMOUNT_MISMATCH = "AMOUNT_MISMATCH"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    ORDER_MISMATCH = "ORDER_MISMATCH"
    ORDER_UNKNOWN = "ORDER_UNKNOWN"
    REFUND_REFUSED = "REFUND_REFUSED"
    REFUND_MISMATCH = "REFUND_MISMATCH"
    WEBHOOK_UNREADABLE = "WEBHOOK_UNREADABLE"


class Review(WithId, Model):
    """Something that Razorpay says and our books do not; nothing opened because of it."""

    __tablename__ = "reviews"
    __table_args__ = (UniqueConstraint("cause", "razorpay_id"),)

    cause: Mapped[ReviewCause]
    razorpay_id: Mapped[str]
    order_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Webhook(Model):
    """One event of Razorpay as it came, byte for byte; worked off by the worker."""

    __tablename__ = "webhooks"
    __table_args__ = (
        Index(
            "ix_webhooks_due",
            "due_at",
            postgresql_where="due_at IS NOT NULL",
        ),
    )

    event_id: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[bytes]
    received_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    applied_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
