"""What the worker does by itself with Razorpay: webhooks, captures, refunds, questions."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from payment_service.orders.queries import lock_order
from payment_service.payments import queries, service
from payment_service.payments.booking import OrderUnknown, book_payment, book_refund, refuse_refund
from payment_service.payments.gateway import OutcomeUnknown, RazorpayGateway, Refused
from payment_service.till import Till
from servicekit.clock import now
from servicekit.worker import WorkerContext

LOOK_EVERY = 1.0
LEASE = timedelta(seconds=60)
REFUND_LEASE = timedelta(seconds=20)
# Banks authorize up to three days late (Razorpay, Payments, Late authorization).
ASK_FOR = timedelta(days=4)

log = logging.getLogger(__name__)


async def work_off(context: WorkerContext[Any]) -> None:
    """Webhooks, captures, refunds and questions, when nudged and once a second besides."""
    till = Till(context.sessions, RazorpayGateway(context.settings), context.settings)
    nudged = asyncio.Event()
    unsubscribe = context.hub.subscribe(service.WORK_TOPIC, lambda *_: nudged.set())
    try:
        async with asyncio.TaskGroup() as loops:
            loops.create_task(_keep_doing(apply_one_webhook, till, nudged))
            for step in (send_one_refund, capture_one_payment, ask_about_one_order):
                loops.create_task(_keep_doing(step, till))
    finally:
        unsubscribe()


async def _keep_doing(
    step: Callable[[Till], Awaitable[bool]], till: Till, nudged: asyncio.Event | None = None
) -> None:
    """Do what is due, then wait for a nudge or a second."""
    woken = nudged or asyncio.Event()
    while True:
        woken.clear()
        while await step(till):
            pass
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY):
                await woken.wait()


async def apply_one_webhook(till: Till) -> bool:
    """Apply the webhook that is longest due. Returns False if there is none."""
    event_id = None
    try:
        async with till.sessions.begin() as session:
            webhook = await queries.take_webhook(session)
            if webhook is None:
                return False
            event_id = webhook.event_id
            await service.apply_webhook(session, webhook)
    except Exception as error:
        if event_id is None:
            raise
        log.warning(
            "a webhook waits for another try",
            exc_info=not isinstance(error, OrderUnknown),
            extra={"webhook": event_id},
        )
        async with till.sessions.begin() as session:
            await service.put_off_webhook(session, event_id, error)
    return True


async def send_one_refund(till: Till) -> bool:
    """Ask Razorpay for the refund that is longest due, with its row as the key."""
    async with till.sessions.begin() as session:
        leased = await queries.lease_refund(session, REFUND_LEASE)
    if leased is None:
        return False
    refund, razorpay_payment_id = leased
    try:
        fact = await till.gateway.refund(
            razorpay_payment_id, key=str(refund.id), amount_minor=refund.amount_minor
        )
    except OutcomeUnknown as unknown:
        log.warning("a refund waits for another try", extra={"refund_id": str(refund.id)})
        await _note_refund_error(till, refund.id, str(unknown))
        return True
    except Refused as refused:
        async with till.sessions.begin() as session:
            await lock_order(session, refund.order_id)
            row = await queries.lock_refund(session, refund.id)
            if row is not None:
                await refuse_refund(session, row, str(refused))
        return True
    async with till.sessions.begin() as session:
        await book_refund(session, fact)
    return True


async def _note_refund_error(till: Till, refund_id: UUID, cause: str) -> None:
    async with till.sessions.begin() as session:
        row = await queries.lock_refund(session, refund_id)
        if row is not None:
            row.last_error = cause[:500]


async def capture_one_payment(till: Till) -> bool:
    """Take the money of a payment that stayed authorized, then take down how it stands."""
    async with till.sessions.begin() as session:
        payment = await queries.lease_payment(session, LEASE)
    if payment is None:
        return False
    with suppress(OutcomeUnknown):
        with suppress(Refused):  # perhaps captured in between: the look-up tells
            await till.gateway.capture(
                payment.razorpay_payment_id,
                amount_minor=payment.amount_minor,
                currency=payment.currency,
            )
        fact = await till.gateway.get_payment(payment.razorpay_payment_id)
        async with till.sessions.begin() as session:
            await book_payment(session, fact)
    return True


async def ask_about_one_order(till: Till) -> bool:
    """Ask Razorpay about an order that is still open, as no webhook may ever come."""
    lease = timedelta(seconds=till.settings.reconcile_after_secs)
    async with till.sessions.begin() as session:
        order = await queries.lease_open_order(session, lease, now() - ASK_FOR)
    if order is None:
        return False
    with suppress(OutcomeUnknown, Refused):
        razorpay_order_id = order.razorpay_order_id or await _adopt(till, order.id)
        if razorpay_order_id is not None:
            for fact in await till.gateway.list_payments(razorpay_order_id):
                async with till.sessions.begin() as session:
                    await book_payment(session, fact)
    return True


async def _adopt(till: Till, order_id: UUID) -> str | None:
    """An order whose making had no answer: Razorpay knows it by its receipt, or not at all."""
    razorpay_order_id = await till.gateway.find_order(str(order_id))
    if razorpay_order_id is not None:
        async with till.sessions.begin() as session:
            (await lock_order(session, order_id)).razorpay_order_id = razorpay_order_id
    return razorpay_order_id
