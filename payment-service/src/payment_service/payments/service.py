"""Use cases around money: verify, take webhooks, refund, reconcile."""

import hashlib
import hmac
import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import ItemType
from payment_service.orders.errors import OrderNotFound
from payment_service.orders.events import refund_wish_of
from payment_service.orders.models import Order
from payment_service.orders.queries import (
    count_orders,
    find_order_at_razorpay,
    get_order,
    list_paid_order_ids,
    lock_order,
)
from payment_service.payments import queries
from payment_service.payments.booking import (
    OrderUnknown,
    PaymentUnknown,
    book_payment,
    book_refund,
    new_refund,
)
from payment_service.payments.errors import (
    NothingToRefund,
    PaymentSignatureInvalid,
    WebhookSignatureInvalid,
)
from payment_service.payments.gateway import (
    OutcomeUnknown,
    Refused,
    payment_fact,
    refund_fact,
)
from payment_service.payments.models import (
    Refund,
    RefundCause,
    Review,
    ReviewCause,
    Webhook,
)
from payment_service.payments.schemas import VerifyIn
from payment_service.settings import Settings
from payment_service.till import Till
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.fields import to_minor
from servicekit.messaging import live, publish

WORK_TOPIC = "payment-service.work"
WEBHOOK_TRIES = 40

log = logging.getLogger(__name__)


async def verify_payment(till: Till, *, said: VerifyIn, by: Principal) -> Order:
    """Check what Checkout handed to the buyer's page, then take down what Razorpay itself says.

    Idempotent with the webhook. While Razorpay does not answer, the order comes back as it stands:
    webhook or reconciler follow. Raises OrderNotFound, PaymentSignatureInvalid.
    """
    async with till.sessions.begin() as session:
        order = await find_order_at_razorpay(session, said.razorpay_order_id)
        if order is None or order.user_id != by.user_id:
            raise OrderNotFound
    _refuse_forged(till.settings, said)

    try:
        fact = await till.gateway.get_payment(said.razorpay_payment_id)
    except (OutcomeUnknown, Refused):
        log.warning("a signed payment could not be looked up", extra={"order_id": str(order.id)})
        return order
    async with till.sessions.begin() as session:
        if fact.razorpay_order_id == said.razorpay_order_id:
            await book_payment(session, fact)
        return await get_order(session, order.id)


def _refuse_forged(settings: Settings, said: VerifyIn) -> None:
    # Razorpay, Payment Gateway, Verify Payment Signature.
    signed = f"{said.razorpay_order_id}|{said.razorpay_payment_id}".encode()
    secret = settings.razorpay_key_secret.get_secret_value().encode()
    expected = hmac.new(secret, signed, hashlib.sha256).hexdigest().encode()
    if not hmac.compare_digest(expected, said.razorpay_signature.encode()):
        raise PaymentSignatureInvalid


async def take_webhook(
    session: AsyncSession,
    *,
    secrets: Sequence[bytes],
    body: bytes,
    signature: bytes | None,
    event_id: str | None,
) -> bool:
    """Store a webhook that Razorpay signed; the worker applies it. Returns False if it came before.

    Razorpay, Webhooks, Validate. Raises WebhookSignatureInvalid.
    """
    given = signature or b""
    matches = [
        hmac.compare_digest(hmac.new(secret, body, hashlib.sha256).hexdigest().encode(), given)
        for secret in secrets
    ]
    if not any(matches):
        raise WebhookSignatureInvalid
    is_new = await queries.keep_webhook(
        session, event_id=event_id or hashlib.sha256(body).hexdigest(), body=body
    )
    if is_new:
        live(session, WORK_TOPIC, {"work": "webhooks"})
    return is_new


async def apply_webhook(session: AsyncSession, webhook: Webhook) -> None:
    """Apply one stored webhook, whose row is locked. Kinds that we do not use are only kept.

    Raises OrderUnknown or PaymentUnknown while its order or payment is not known here.
    """
    try:
        event = json.loads(webhook.body)
        name, payload = str(event["event"]), event["payload"]
        payment = payment_fact(payload["payment"]["entity"]) if "payment" in payload else None
        refund = refund_fact(payload["refund"]["entity"]) if "refund" in payload else None
    except (ValueError, KeyError, TypeError, RecursionError) as broken:
        await _keep_unreadable(session, webhook, broken)
        return
    if payment is not None and name.startswith(("payment.", "order.")):
        if payment.razorpay_order_id is None or name.startswith("payment.dispute"):
            log.warning("a webhook of no order is only kept", extra={"webhook": name})
        else:
            await book_payment(session, payment)
    elif refund is not None and name.startswith("refund."):
        await book_refund(session, refund)
    webhook.applied_at, webhook.due_at = now(), None


async def put_off_webhook(session: AsyncSession, event_id: str, error: Exception) -> None:
    """Try it again later; after the last try it waits for a person."""
    webhook = await session.get(Webhook, event_id, with_for_update=True)
    if webhook is None or webhook.applied_at is not None:
        return
    webhook.attempts += 1
    webhook.last_error = f"{type(error).__name__}: {error}"[:500]
    pause = min(0.2 * 2 ** min(webhook.attempts, 12), 60.0)
    webhook.due_at = now() + timedelta(seconds=pause)
    if webhook.attempts >= WEBHOOK_TRIES:
        webhook.due_at = None
        unknown = isinstance(error, OrderUnknown | PaymentUnknown)
        await queries.add_review(
            session,
            ReviewCause.ORDER_UNKNOWN if unknown else ReviewCause.WEBHOOK_UNREADABLE,
            razorpay_id=event_id,
            order_id=None,
            facts={"error": webhook.last_error},
        )


async def _keep_unreadable(session: AsyncSession, webhook: Webhook, broken: Exception) -> None:
    webhook.due_at = None
    webhook.last_error = f"{type(broken).__name__}: {broken}"[:500]
    await queries.add_review(
        session,
        ReviewCause.WEBHOOK_UNREADABLE,
        razorpay_id=webhook.event_id,
        order_id=None,
        facts={"error": webhook.last_error},
    )


async def refund_order(
    session: AsyncSession,
    *,
    order_id: UUID,
    amount: Decimal | None,
    reason: str,
    by: UUID | None,
    cause: RefundCause = RefundCause.REQUESTED,
) -> Refund:
    """Send money of a paid order back; without an amount, all that is left. The worker sends it.

    Raises OrderNotFound, NothingToRefund.
    """
    order = await lock_order(session, order_id)
    payment = await queries.find_counted_payment(session, order.id)
    if payment is None:
        raise NothingToRefund(refundable="0.00")
    left = payment.amount_minor - await queries.sum_open_refunds(session, payment.id)
    wanted = left if amount is None else to_minor(amount)
    if not 0 < wanted <= left:
        raise NothingToRefund(refundable=str(Decimal(left).scaleb(-2)))
    refund = new_refund(payment, amount_minor=wanted, cause=cause, reason=reason, requested_by=by)
    session.add(refund)
    publish(session, refund_wish_of(order, refund))
    live(session, WORK_TOPIC, {"work": "refunds"})
    return refund


async def show_reconciliation(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> tuple[dict[str, Any], Sequence[Review]]:
    """Counts of what is on its way, and what waits for a person."""
    counts: dict[str, Any] = {"orders": await count_orders(session)}
    counts |= await queries.count_waiting(session)
    return counts, await queries.list_reviews(session, after=after, limit=limit)


async def refund_webinar(session: AsyncSession, *, webinar_id: UUID) -> None:
    """Send back what every paid order of a webinar still holds. Repeating it changes nothing."""
    for order_id in await list_paid_order_ids(
        session, item_type=ItemType.WEBINAR, item_id=webinar_id
    ):
        with suppress(NothingToRefund):
            await refund_order(
                session,
                order_id=order_id,
                amount=None,
                reason="The webinar was cancelled",
                by=None,
                cause=RefundCause.WEBINAR_CANCELLED,
            )
