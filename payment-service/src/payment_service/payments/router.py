"""`/payment/verify`, `/payment/webhook`, refunds and reconciliation."""

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from payment_service.doors import OpenTill, OwnSettings
from payment_service.orders.schemas import OrderOut
from payment_service.payments import service
from payment_service.payments.schemas import (
    ReconciliationOut,
    RefundIn,
    RefundOut,
    ReviewOut,
    VerifyIn,
    WebhookOut,
)
from servicekit.access import ANYONE, Admin, Caller
from servicekit.pagination import Cursor, Limit, decode_id, page_of
from servicekit.web.app import Tx
from servicekit.web.idempotency import OncePerKey

MAX_WEBHOOK_BYTES = 262_144
EVENT_ID = re.compile(r"^[\x21-\x7e]{1,100}$")

router = APIRouter(prefix="/payment", tags=["payments"])


@router.post("/verify")
async def verify_payment(body: VerifyIn, caller: Caller, till: OpenTill) -> OrderOut:
    """Hand over what Razorpay Checkout answered; the order comes back as it stands then.

    Access opens with or without this call, by Razorpay's webhook.
    """
    order = await service.verify_payment(till, said=body, by=caller)
    return OrderOut.of(order, key_id=till.settings.razorpay_key_id)


@router.post("/webhook", openapi_extra=ANYONE, max_body_size=MAX_WEBHOOK_BYTES)
async def receive_webhook(request: Request, tx: Tx, settings: OwnSettings) -> WebhookOut:
    """Razorpay's events, signed over the raw body; stored once, answered at once."""
    signature = request.headers.get("x-razorpay-signature")
    event_id = request.headers.get("x-razorpay-event-id", "")
    is_new = await service.take_webhook(
        tx,
        secrets=settings.webhook_secrets,
        body=await request.body(),
        # A header is bytes; what is not ASCII cannot match, and need not be told apart.
        signature=None if signature is None else signature.encode("latin-1"),
        event_id=event_id if EVENT_ID.match(event_id) else None,
    )
    return WebhookOut(status="stored" if is_new else "known")


@router.post("/orders/{order_id}/refund", response_model=RefundOut, status_code=201)
async def refund_order(
    order_id: UUID, body: RefundIn, caller: Admin, once: OncePerKey, tx: Tx
) -> Response:
    """Send money back, all that is left or an amount. A full refund closes the access."""
    refund = await service.refund_order(
        tx, order_id=order_id, amount=body.amount, reason=body.reason, by=caller.user_id
    )
    return await once.answer(
        tx, RefundOut.of(refund), location=f"/api/v1/payment/orders/{order_id}"
    )


@router.get("/reconciliation")
async def show_reconciliation(
    _caller: Admin,
    tx: Tx,
    limit: Annotated[Limit, Query()] = 20,
    cursor: Annotated[Cursor, Query()] = None,
) -> ReconciliationOut:
    """How our books stand against Razorpay's, and what waits for a person."""
    counts, found = await service.show_reconciliation(tx, after=decode_id(cursor), limit=limit + 1)
    shown, next_cursor = page_of(found, limit, lambda review: (review.id,))
    items = [ReviewOut.of(review) for review in shown]
    return ReconciliationOut(**counts, items=items, next_cursor=next_cursor)
