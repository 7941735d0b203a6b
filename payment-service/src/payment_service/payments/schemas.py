"""What clients send and see of payments."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from payment_service.payments.models import (
    Refund,
    RefundCause,
    RefundStatus,
    Review,
    ReviewCause,
)
from servicekit.fields import In, Money, Out, clean_line, from_minor

RazorpayId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,64}$")]
Signature = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(clean_line)]
Reason = Annotated[str, AfterValidator(clean_line), Field(min_length=1, max_length=500)]


class VerifyIn(In):
    """What Razorpay Checkout handed to the buyer's page."""

    razorpay_order_id: RazorpayId
    razorpay_payment_id: RazorpayId
    razorpay_signature: Signature


class WebhookOut(Out):
    """The webhook is stored; what it says is applied within moments."""

    status: str


class RefundIn(In):
    """Without an amount, all that is left goes back."""

    amount: Annotated[Money, Field(gt=0)] | None = None
    reason: Reason

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)


class RefundOut(Out):
    """Money on its way back: PENDING until Razorpay has sent it."""

    id: UUID
    order_id: UUID
    amount: str
    amount_minor: int
    currency: str
    cause: RefundCause
    reason: str | None
    status: RefundStatus
    razorpay_refund_id: str | None
    created_at: datetime
    processed_at: datetime | None

    @classmethod
    def of(cls, refund: Refund) -> Self:
        """The refund as an admin sees it."""
        values = {name: getattr(refund, name, None) for name in cls.model_fields}
        return cls.model_validate(values | {"amount": from_minor(refund.amount_minor)})


class ReviewOut(Out):
    """Something that Razorpay says and our books do not."""

    id: UUID
    cause: ReviewCause
    razorpay_id: str
    order_id: UUID | None
    facts: dict[str, Any]
    created_at: datetime

    @classmethod
    def of(cls, review: Review) -> Self:
        """The review as an admin sees it."""
        return cls.model_validate(review)


class ReconciliationOut(Out):
    """How our books stand against Razorpay's; `items` wait for a person."""

    orders: dict[str, int]
    payments_authorized: int
    refunds_pending: int
    webhooks_waiting: int
    items: list[ReviewOut]
    next_cursor: str | None
