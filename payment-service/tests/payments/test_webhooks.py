"""Razorpay's webhooks: who is believed, and what each does to an order."""

import hashlib
import hmac
import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import PaymentCaptured, PaymentFailed
from payment_service.payments.models import Payment, Refund, RefundStatus, Review, Webhook
from sandbox.testing import WEBHOOK_SECRET
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published

WEBHOOK = "/api/v1/payment/webhook"


def signed(body: bytes, secret: str = WEBHOOK_SECRET) -> str:
    """Hex HMAC-SHA256 of the raw body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def test_a_captured_payment_pays_the_order_once(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    paid = await shop.pay(order)
    came = await shop.webhooks(paid["razorpay_payment_id"], "payment.captured", "order.paid")

    assert set(await shop.hand_on(*came)) == {200}
    assert set(await shop.hand_on(*came)) == {200}
    await shop.work()

    shown = await shop.shown(buyer, order)
    assert (shown["status"], shown["amount"]) == ("CAPTURED", "499.00")
    assert shown["receipt_number"].startswith("DFQ-")
    assert shown["razorpay_payment_id"] == paid["razorpay_payment_id"]
    [event] = await published(session, PaymentCaptured)
    assert str(event.order_id) == order["id"]
    assert len((await session.scalars(select(Webhook))).all()) == len(came)


async def test_webhooks_out_of_order_end_in_the_same_state(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    paid = await shop.pay(order)
    came = await shop.webhooks(paid["razorpay_payment_id"], "payment.captured", "order.paid")

    for one in reversed(came):
        await shop.hand_on(one)
        await shop.work()

    assert (await shop.shown(buyer, order))["status"] == "CAPTURED"
    assert len(await published(session, PaymentCaptured)) == 1


@pytest.mark.parametrize("signature", [None, "", "0" * 64, "é" * 64, "not hex"])
async def test_a_webhook_without_a_right_signature_is_refused_and_not_kept(
    shop: Any, session: AsyncSession, signature: str | None
) -> None:
    headers = {} if signature is None else {"X-Razorpay-Signature": signature.encode("latin-1")}
    answer = await shop.client.post(
        WEBHOOK, content=b'{"event":"payment.captured"}', headers=headers
    )

    assert answer.status_code == 401
    assert answer.json()["code"] == "webhook-signature-invalid"
    assert (await session.scalars(select(Webhook))).all() == []


async def test_the_secret_before_a_rotation_is_still_believed(shop: Any) -> None:
    body = b'{"event":"settlement.processed","payload":{}}'
    headers = {"X-Razorpay-Signature": signed(body, "secret-before-rotation")}

    answer = await shop.client.post(WEBHOOK, content=body, headers=headers)

    assert (answer.status_code, answer.json()) == (200, {"status": "stored"})


async def test_a_huge_webhook_is_refused(shop: Any) -> None:
    answer = await shop.client.post(WEBHOOK, content=b"x" * 300_000)

    assert answer.status_code == 413
    assert answer.json()["code"] == "content-too-large"


@pytest.mark.parametrize(
    "body", [b"\x00\xff", b"[]", b"[" * 100_000, b'{"event":1,"payload":{"payment":7}}']
)
async def test_a_signed_webhook_that_cannot_be_read_waits_for_a_person(
    shop: Any, session: AsyncSession, body: bytes
) -> None:
    answer = await shop.client.post(
        WEBHOOK, content=body, headers={"X-Razorpay-Signature": signed(body)}
    )
    await shop.work()

    assert answer.status_code == 200
    [review] = await session.scalars(select(Review))
    assert review.cause == "WEBHOOK_UNREADABLE"


async def test_another_amount_goes_to_review_and_opens_nothing(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID
) -> None:
    await shop.fault("wrong_amount_webhook", event="payment.captured")
    order = await shop.ordered(buyer, course_id)
    paid = await shop.pay(order)
    await shop.hand_on(
        *await shop.webhooks(paid["razorpay_payment_id"], "payment.captured", "order.paid")
    )
    await shop.work()

    assert (await shop.shown(buyer, order))["status"] != "CAPTURED"
    assert await published(session, PaymentCaptured) == []
    [review] = await session.scalars(select(Review))
    assert (review.cause, review.facts["found_minor"]) == ("AMOUNT_MISMATCH", 50000)


async def test_another_currency_goes_to_review(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    payment = {
        "id": "pay_foreign",
        "order_id": order["razorpay_order_id"],
        "amount": 49900,
        "currency": "USD",
        "status": "captured",
    }
    body = json.dumps(
        {"event": "payment.captured", "payload": {"payment": {"entity": payment}}}
    ).encode()
    await shop.client.post(WEBHOOK, content=body, headers={"X-Razorpay-Signature": signed(body)})
    await shop.work()

    [review] = await session.scalars(select(Review))
    assert review.cause == "CURRENCY_MISMATCH"
    assert (await shop.shown(buyer, order))["status"] == "CREATED"


async def test_an_order_paid_twice_is_refunded_once(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    first, second = await shop.pay(order), await shop.pay(order)
    for paid in (first, second):
        await shop.hand_on(*await shop.webhooks(paid["razorpay_payment_id"], "payment.captured"))
    await shop.work()

    shown = await shop.shown(buyer, order)
    assert (shown["status"], shown["refunded"]) == ("CAPTURED", "0.00")
    assert len(await published(session, PaymentCaptured)) == 1
    [refund] = await session.scalars(select(Refund))
    assert (refund.status, refund.cause) == (RefundStatus.PROCESSED, "PAID_TWICE")
    payment = await session.get(Payment, refund.payment_id)
    assert payment is not None
    answer = await shop.at_razorpay("GET", f"/v1/payments/{payment.razorpay_payment_id}")
    assert (answer.json()["status"], answer.json()["amount_refunded"]) == ("refunded", 49900)


async def test_a_failed_payment_is_told_and_the_order_can_still_be_paid(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    failed = await shop.pay(order, "failed")
    await shop.hand_on(*await shop.webhooks(failed["razorpay_payment_id"], "payment.failed"))
    await shop.work()
    assert (await shop.shown(buyer, order))["status"] == "FAILED"

    paid = await shop.pay(order)
    await shop.hand_on(*await shop.webhooks(paid["razorpay_payment_id"], "payment.captured"))
    await shop.work()

    assert (await shop.shown(buyer, order))["status"] == "CAPTURED"
    [event] = await published(session, PaymentFailed)
    assert event.reason == "Payment failed"


async def test_a_payment_that_stays_authorized_is_captured_by_the_worker(
    shop: Any, buyer: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    held = await shop.pay(order, "authorized")
    await shop.hand_on(*await shop.webhooks(held["razorpay_payment_id"], "payment.authorized"))
    await shop.work()

    assert (await shop.shown(buyer, order))["status"] == "CAPTURED"


async def test_a_webhook_of_an_unknown_order_is_tried_again_later(
    shop: Any, session: AsyncSession
) -> None:
    payment = {
        "id": "pay_x",
        "order_id": "order_x",
        "amount": 1,
        "currency": "INR",
        "status": "captured",
    }
    body = json.dumps(
        {"event": "payment.captured", "payload": {"payment": {"entity": payment}}}
    ).encode()
    await shop.client.post(WEBHOOK, content=body, headers={"X-Razorpay-Signature": signed(body)})
    await shop.work()

    [webhook] = await session.scalars(select(Webhook))
    assert (webhook.attempts, webhook.applied_at) == (1, None)
    assert webhook.due_at is not None
