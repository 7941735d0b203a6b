"""Payments, refunds, reviews and webhooks: finding, locking, taking what is due."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.orders.models import Order
from payment_service.payments.models import (
    Payment,
    PaymentStatus,
    Refund,
    RefundCause,
    RefundStatus,
    Review,
    ReviewCause,
    Standing,
    Webhook,
)
from servicekit.clock import now
from servicekit.ids import uuid7


async def find_payment(session: AsyncSession, razorpay_payment_id: str) -> Payment | None:
    """The payment that Razorpay knows under that id; its order's lock guards it."""
    return await session.scalar(
        select(Payment)
        .where(Payment.razorpay_payment_id == razorpay_payment_id)
        .execution_options(populate_existing=True)
    )


async def find_counted_payment(session: AsyncSession, order_id: UUID) -> Payment | None:
    """The payment that paid the order."""
    return await session.scalar(
        select(Payment).where(Payment.order_id == order_id, Payment.standing == Standing.COUNTED)
    )


async def lock_refund(session: AsyncSession, refund_id: UUID) -> Refund | None:
    """Our row of a refund, locked and read anew."""
    found = select(Refund).where(Refund.id == refund_id).with_for_update()
    return await session.scalar(found.execution_options(populate_existing=True))


async def find_refund_at_razorpay(session: AsyncSession, razorpay_refund_id: str) -> Refund | None:
    """The refund that Razorpay knows under that id; its order's lock guards it."""
    return await session.scalar(
        select(Refund)
        .where(Refund.razorpay_refund_id == razorpay_refund_id)
        .execution_options(populate_existing=True)
    )


async def sum_open_refunds(session: AsyncSession, payment_id: UUID) -> int:
    """Minor units that are on their way back or have gone back, of one payment."""
    found = await session.scalar(
        select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.payment_id == payment_id, Refund.status != RefundStatus.FAILED
        )
    )
    return int(found or 0)


async def add_review(
    session: AsyncSession,
    cause: ReviewCause,
    *,
    razorpay_id: str,
    order_id: UUID | None,
    facts: dict[str, Any],
) -> None:
    """Ask a person to look, once for each cause and thing."""
    row = insert(Review).values(
        id=uuid7(),
        cause=cause,
        razorpay_id=razorpay_id,
        order_id=order_id,
        facts=facts,
        created_at=now(),
    )
    await session.execute(row.on_conflict_do_nothing())


async def list_reviews(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[Review]:
    """What waits for a person, newest first."""
    found = select(Review).order_by(Review.id.desc()).limit(limit)
    if after is not None:
        found = found.where(Review.id < after)
    return (await session.scalars(found)).all()


async def count_waiting(session: AsyncSession) -> dict[str, int]:
    """What is on its way: payments to capture, refunds to send, webhooks to apply."""
    payments = select(func.count()).where(Payment.next_capture_at.is_not(None))
    refunds = select(func.count()).where(Refund.status == RefundStatus.PENDING)
    webhooks = select(func.count()).where(Webhook.due_at.is_not(None))
    return {
        "payments_authorized": int(await session.scalar(payments) or 0),
        "refunds_pending": int(await session.scalar(refunds) or 0),
        "webhooks_waiting": int(await session.scalar(webhooks) or 0),
    }


async def keep_webhook(session: AsyncSession, *, event_id: str, body: bytes) -> bool:
    """Store it once. Returns False if it came before."""
    present = now()
    row = insert(Webhook).values(
        event_id=event_id, body=body, received_at=present, due_at=present, attempts=0
    )
    stored = row.on_conflict_do_nothing().returning(Webhook.event_id)
    return await session.scalar(stored) is not None


async def take_webhook(session: AsyncSession) -> Webhook | None:
    """The webhook that is longest due, locked; others' are skipped."""
    due = select(Webhook).where(Webhook.due_at <= now()).order_by(Webhook.due_at).limit(1)
    return await session.scalar(due.with_for_update(skip_locked=True))


async def lease_payment(session: AsyncSession, lease: timedelta) -> Payment | None:
    """One authorized payment whose capture is due; nobody else takes it while the lease lasts."""
    due = select(Payment).where(
        Payment.next_capture_at <= now(), Payment.status == PaymentStatus.AUTHORIZED
    )
    one = due.order_by(Payment.next_capture_at).limit(1)
    payment = await session.scalar(one.with_for_update(skip_locked=True))
    if payment is not None:
        payment.next_capture_at = now() + lease
    return payment


async def lease_refund(session: AsyncSession, lease: timedelta) -> tuple[Refund, str] | None:
    """One refund that is due, with Razorpay's id of its payment; the attempt is counted first."""
    due = (
        select(Refund, Payment.razorpay_payment_id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Refund.status == RefundStatus.PENDING,
            Refund.due_at <= now(),
            Refund.cause != RefundCause.MADE_AT_RAZORPAY,
        )
        .order_by(Refund.due_at)
        .limit(1)
    )
    found = (await session.execute(due.with_for_update(of=Refund, skip_locked=True))).one_or_none()
    if found is None:
        return None
    refund, razorpay_payment_id = found
    refund.attempts += 1
    refund.due_at = now() + max(lease, min(lease * refund.attempts, timedelta(hours=1)))
    return refund, razorpay_payment_id


async def lease_open_order(
    session: AsyncSession, lease: timedelta, until: datetime
) -> Order | None:
    """One order that Razorpay should be asked about; the next time is further away each time.

    Orders made before `until` are asked about no more.
    """
    due = select(Order).where(Order.next_check_at <= now()).order_by(Order.next_check_at).limit(1)
    order = await session.scalar(due.with_for_update(skip_locked=True))
    if order is None:
        return None
    age = now() - order.created_at
    is_over = order.created_at < until
    order.next_check_at = None if is_over else now() + max(lease, min(age, timedelta(hours=1)))
    return order
