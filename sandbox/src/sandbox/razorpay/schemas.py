"""What clients may send, as strict as Razorpay is about it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Minor = Annotated[int, Field(strict=True, ge=100, le=10**12)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Receipt = Annotated[str, StringConstraints(max_length=40)]
Note = Annotated[str, StringConstraints(max_length=256)]
Notes = Annotated[dict[Note, Note | int | float | bool | None], Field(max_length=15)]
Unit = Annotated[int, Field(ge=0)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CaptureSettings(_In):
    """`payment` of an order: when payments of this order are captured."""

    capture: Literal["automatic", "manual"]
    capture_options: dict[str, Any] | None = None


class OrderIn(_In):
    """A new order (docs: api/orders/create)."""

    amount: Minor
    currency: Currency
    receipt: Receipt | None = None
    notes: Notes | Annotated[list[Any], Field(max_length=0)] | None = None
    payment_capture: bool | Literal[0, 1] | None = None
    payment: CaptureSettings | None = None
    partial_payment: Literal[False] | None = None

    def captures_by_itself(self) -> bool:
        """Automatic capture is what an account does unless the order says otherwise."""
        if self.payment is not None:
            return self.payment.capture == "automatic"
        return self.payment_capture is None or bool(self.payment_capture)


class NotesIn(_In):
    """The one thing of an order, payment or refund that may be edited."""

    notes: Notes


class CaptureIn(_In):
    """A capture (docs: api/payments/capture)."""

    amount: Minor
    currency: Currency = "INR"


class RefundIn(_In):
    """A refund of a payment (docs: api/refunds/create-normal). No amount means all that is left."""

    amount: Minor | None = None
    speed: Literal["normal", "optimum"] = "normal"
    notes: Notes | Annotated[list[Any], Field(max_length=0)] | None = None
    receipt: Receipt | None = None


class RefundOfPaymentIn(RefundIn):
    """The same by `POST /v1/refunds`, where the payment is named in the body."""

    payment_id: Annotated[str, StringConstraints(max_length=40)]


class Page(BaseModel):
    """Which part of a list is wanted."""

    model_config = ConfigDict(extra="ignore")

    count: Annotated[int, Field(ge=1, le=100)] = 10
    skip: Unit = 0
    since: Annotated[int, Field(ge=0, alias="from")] = 0
    to: Unit = 2**53


class OrderPage(Page):
    """The filters of the order list."""

    receipt: Receipt | None = None
    authorized: Literal["0", "1"] | None = None


class PayIn(_In):
    """What a person does in checkout."""

    method: Literal["upi", "card", "netbanking", "wallet"] = "upi"
    outcome: Literal["captured", "authorized", "failed"] = "captured"
    email: Annotated[str, StringConstraints(max_length=254)] = "gaurav.kumar@example.com"
    contact: Annotated[str, StringConstraints(max_length=20)] = "+919000090000"
