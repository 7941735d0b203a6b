"""The one state machine of money: fed by webhook, verification, reconciler and worker.

Whatever Razorpay says is compared with our order before anything opens, and states go forward only.
"""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.coupons.queries import free_hold
from payment_service.orders.events import capture_of, expiry_of, failure_of, refund_of
from payment_service.orders.models import UNPAID, Order
from payment_service.orders.queries import (
    find_order_at_razorpay,
    find_paid_order,
    lock_order,
    lock_purchase,
    next_receipt_number,
)
from payment_service.payments import queries
from payment_service.payments.gateway import PaymentFact, RefundFact
from payment_service.payments.models import (
    Payment,
    PaymentStatus,
    Refund,
    RefundCause,
    RefundStatus,
    ReviewCause,
    Standing,
)
from servicekit.clock import now
from servicekit.messaging import publish

log = logging.getLogger(__name__)

_STATUSES = {
    "failed": PaymentStatus.FAILED,
    "authorized": PaymentStatus.AUTHORIZED,
    "captured": PaymentStatus.CAPTURED,
    # A refunded payment was captured first; its refunds are booked by themselves.
    "refunded": PaymentStatus.CAPTURED,
}


class OrderUnknown(Exception):
    """No order of ours has that id at Razorpay, or not yet."""


class PaymentUnknown(Exception):
    """The refund's payment has not been heard of yet."""


async def book_payment(session: AsyncSession, fact: PaymentFact) -> None:
    """Take down what Razorpay says of a payment. Repeating it, or older news, changes nothing.

    Raises OrderUnknown when the payment names an order that is not (yet) ours.
    """
    if fact.razorpay_order_id is None:
        raise OrderUnknown
    known = await find_order_at_razorpay(session, fact.razorpay_order_id)
    if known is None:
        raise OrderUnknown
    await lock_purchase(
        session, user_id=known.user_id, item_type=known.item_type, item_id=known.item_id
    )
    order = await lock_order(session, known.id)

    status = _STATUSES.get(fact.status)
    payment = await queries.find_payment(session, fact.razorpay_payment_id)
    if status is None or not await _fits(session, order, payment, fact):
        return
    if payment is None:
        payment = _new_payment(order, fact, status)
        session.add(payment)
    elif payment.status.rank >= status.rank or payment.standing is Standing.REVIEW:
        return
    payment.status, payment.failure_reason = status, fact.failure_reason
    await _follow(session, order, payment)
    await session.flush()


def _new_payment(order: Order, fact: PaymentFact, status: PaymentStatus) -> Payment:
    return Payment(
        razorpay_payment_id=fact.razorpay_payment_id,
        order_id=order.id,
        amount_minor=fact.amount_minor,
        currency=fact.currency,
        status=status,
        standing=Standing.OPEN,
        created_at=now(),
    )


async def _fits(
    session: AsyncSession, order: Order, payment: Payment | None, fact: PaymentFact
) -> bool:
    """Whether order, amount and currency agree; if not the payment goes to review, for good."""
    cause = _mismatch(order, payment, fact)
    if cause is None:
        return True
    facts: dict[str, Any] = {
        "expected_minor": order.amount_minor,
        "expected_currency": order.currency,
        "found_minor": fact.amount_minor,
        "found_currency": fact.currency,
        "found_order": fact.razorpay_order_id,
        "status": fact.status,
    }
    log.error(
        "a payment does not fit its order",
        extra={"order_id": str(order.id), "payment": fact.razorpay_payment_id, "cause": cause},
    )
    await queries.add_review(
        session, cause, razorpay_id=fact.razorpay_payment_id, order_id=order.id, facts=facts
    )
    if payment is None:
        payment = _new_payment(order, fact, _STATUSES.get(fact.status, PaymentStatus.FAILED))
        session.add(payment)
    if payment.standing is Standing.OPEN:
        payment.standing, payment.next_capture_at = Standing.REVIEW, None
    await session.flush()
    return False


def _mismatch(order: Order, payment: Payment | None, fact: PaymentFact) -> ReviewCause | None:
    if payment is not None and payment.order_id != order.id:
        return ReviewCause.ORDER_MISMATCH
    if fact.currency != order.currency:
        return ReviewCause.CURRENCY_MISMATCH
    return None if fact.amount_minor == order.amount_minor else ReviewCause.AMOUNT_MISMATCH


async def _follow(session: AsyncSession, order: Order, payment: Payment) -> None:
    """What a payment's new status means to its order."""
    if payment.status is PaymentStatus.CAPTURED:
        await _count(session, order, payment)
    elif payment.status is PaymentStatus.AUTHORIZED:
        order.authorize()
        # Automatic capture was asked for; a minute later the worker asks again.
        patience = timedelta(seconds=session.info["settings"].capture_after_secs)
        payment.next_capture_at = now() + patience if order.status in UNPAID else None
    elif order.fail(payment.failure_reason):
        publish(session, failure_of(order))


async def _count(session: AsyncSession, order: Order, payment: Payment) -> None:
    """The first captured payment of a purchase pays for it; any other is sent back."""
    payment.captured_at, payment.next_capture_at = now(), None
    paid = await find_paid_order(
        session, user_id=order.user_id, item_type=order.item_type, item_id=order.item_id
    )
    if order.status in UNPAID and paid is None:
        payment.standing = Standing.COUNTED
        order.capture(
            razorpay_payment_id=payment.razorpay_payment_id,
            receipt_number=await next_receipt_number(session),
            at=payment.captured_at,
        )
        publish(session, capture_of(order))
        return

    payment.standing = Standing.SURPLUS
    if order.close(payment.captured_at, "This was paid for by another order"):
        await free_hold(session, order.id)
        publish(session, expiry_of(order))
    log.warning("a purchase was paid twice", extra={"order_id": str(order.id)})
    await session.flush()
    session.add(
        new_refund(
            payment,
            amount_minor=payment.amount_minor,
            cause=RefundCause.PAID_TWICE,
            reason="This was paid for already",
        )
    )


def new_refund(
    payment: Payment,
    *,
    amount_minor: int,
    cause: RefundCause,
    reason: str | None,
    requested_by: UUID | None = None,
) -> Refund:
    """A refund that the worker sends at once."""
    present = now()
    return Refund(
        order_id=payment.order_id,
        payment_id=payment.id,
        amount_minor=amount_minor,
        currency=payment.currency,
        cause=cause,
        reason=reason,
        status=RefundStatus.PENDING,
        requested_by=requested_by,
        attempts=0,
        due_at=present,
        created_at=present,
    )


async def book_refund(session: AsyncSession, fact: RefundFact) -> None:
    """Take down what Razorpay says of a refund, ours or one made at its dashboard.

    Raises PaymentUnknown when its payment has not been heard of yet.
    """
    payment = await queries.find_payment(session, fact.razorpay_payment_id)
    if payment is None:
        raise PaymentUnknown
    order = await lock_order(session, payment.order_id)
    await session.refresh(payment)
    refund = await _find_refund(session, payment, fact)
    if refund is None or refund.status is not RefundStatus.PENDING:
        return
    refund.razorpay_refund_id = fact.razorpay_refund_id
    if fact.status == "failed":
        await _give_up_refund(session, refund, "the provider could not send it")
    elif fact.status == "processed":
        await _finish_refund(session, order, payment, refund)
    await session.flush()


async def refuse_refund(session: AsyncSession, refund: Refund, cause: str) -> None:
    """Razorpay will not send this refund: a person has to look. The row is locked."""
    if refund.status is RefundStatus.PENDING:
        await _give_up_refund(session, refund, cause)


async def _give_up_refund(session: AsyncSession, refund: Refund, cause: str) -> None:
    refund.status, refund.last_error = RefundStatus.FAILED, cause[:500]
    await queries.add_review(
        session,
        ReviewCause.REFUND_REFUSED,
        razorpay_id=str(refund.id),
        order_id=refund.order_id,
        facts={"cause": cause[:500], "amount_minor": refund.amount_minor},
    )


async def _finish_refund(
    session: AsyncSession, order: Order, payment: Payment, refund: Refund
) -> None:
    refund.status, refund.processed_at = RefundStatus.PROCESSED, now()
    if payment.standing is Standing.COUNTED:
        order.refund(refund.amount_minor)
    publish(session, refund_of(order, refund))


async def _find_refund(session: AsyncSession, payment: Payment, fact: RefundFact) -> Refund | None:
    """Our row; one is made for a refund that we did not ask for and that fits."""
    refund = await queries.find_refund_at_razorpay(session, fact.razorpay_refund_id)
    if refund is None and fact.receipt is not None:
        try:
            refund = await queries.lock_refund(session, UUID(fact.receipt))
        except ValueError:
            refund = None
    if refund is not None:
        return refund if refund.payment_id == payment.id else None

    taken = await queries.sum_open_refunds(session, payment.id)
    if not 0 < fact.amount_minor <= payment.amount_minor - taken:
        await queries.add_review(
            session,
            ReviewCause.REFUND_MISMATCH,
            razorpay_id=fact.razorpay_refund_id,
            order_id=payment.order_id,
            facts={"found_minor": fact.amount_minor, "open_minor": payment.amount_minor - taken},
        )
        return None
    refund = new_refund(
        payment,
        amount_minor=fact.amount_minor,
        cause=RefundCause.MADE_AT_RAZORPAY,
        reason=None,
    )
    refund.razorpay_refund_id = fact.razorpay_refund_id
    session.add(refund)
    return refund
