"""Orders as events. Each call takes the next version of the order, whose row is locked."""

from typing import Any

from contracts.payment import (
    OrderCreated,
    OrderExpired,
    PaymentCaptured,
    PaymentFailed,
    RefundProcessed,
    RefundRequested,
)
from payment_service.orders.models import Order, OrderStatus
from payment_service.payments.models import Refund
from servicekit.clock import now


def _facts(order: Order) -> dict[str, Any]:
    return {
        "version": order.next_version(),
        "order_id": order.id,
        "user_id": order.user_id,
        "item_type": order.item_type,
        "item_id": order.item_id,
        "item_title": order.item_title,
        "amount_minor": order.amount_minor,
        "currency": order.currency,
    }


def creation_of(order: Order) -> OrderCreated:
    """An order was made."""
    return OrderCreated(
        **_facts(order), discount_minor=order.discount_minor, coupon_id=order.coupon_id
    )


def expiry_of(order: Order) -> OrderExpired:
    """Nobody paid it in time."""
    return OrderExpired(**_facts(order))


def capture_of(order: Order) -> PaymentCaptured:
    """Its money has arrived."""
    return PaymentCaptured(
        **_facts(order),
        razorpay_payment_id=order.razorpay_payment_id,
        receipt_number=order.receipt_number or "",
        captured_at=order.captured_at or now(),
    )


def failure_of(order: Order) -> PaymentFailed:
    """An attempt to pay it failed."""
    return PaymentFailed(**_facts(order), reason=order.failure_reason)


def refund_wish_of(order: Order, refund: Refund) -> RefundRequested:
    """Money of it shall go back."""
    facts = _facts(order) | {"amount_minor": refund.amount_minor}
    return RefundRequested(
        **facts, refund_id=refund.id, cause=refund.cause, requested_by=refund.requested_by
    )


def refund_of(order: Order, refund: Refund) -> RefundProcessed:
    """Money of it, or a surplus payment for it, went back."""
    facts = _facts(order) | {"amount_minor": refund.amount_minor}
    return RefundProcessed(
        **facts,
        refund_id=refund.id,
        refunded_minor=order.refunded_minor,
        fully_refunded=order.status is OrderStatus.REFUNDED,
        reason=refund.reason,
        requested_by=refund.requested_by,
    )
