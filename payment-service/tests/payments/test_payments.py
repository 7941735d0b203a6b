"""Verification, refunds, reconciliation: the other ways by which Razorpay's word reaches us."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import EntitlementRevoked, PaymentCaptured, RefundProcessed
from payment_service.orders.models import Order
from payment_service.payments.models import Refund, Review
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.plugin import MakeCaller

VERIFY = "/api/v1/payment/verify"


@pytest.fixture
async def paid_order(shop: Any, buyer: TestCaller, course_id: UUID) -> dict[str, Any]:
    """An order whose payment was captured and whose access is open."""
    order: dict[str, Any] = await shop.ordered(buyer, course_id)
    payment = await shop.pay(order)
    await shop.hand_on(*await shop.webhooks(payment["razorpay_payment_id"], "payment.captured"))
    await shop.work()
    await shop.spread(PaymentCaptured)
    return order


async def test_verifying_captures_and_the_webhook_then_changes_nothing(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    handed_over = await shop.pay(order)

    answers = [
        await shop.client.post(VERIFY, json=handed_over, headers=buyer.headers) for _ in range(2)
    ]
    came = await shop.webhooks(handed_over["razorpay_payment_id"], "payment.captured")
    await shop.hand_on(*came)
    await shop.work()

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["status"] == "CAPTURED"
    assert len(await published(session, PaymentCaptured)) == 1


@pytest.mark.parametrize("signature", ["0" * 64, "é" * 10, "x"])
async def test_a_forged_signature_changes_nothing(
    shop: Any, buyer: TestCaller, course_id: UUID, signature: str
) -> None:
    order = await shop.ordered(buyer, course_id)
    handed_over = {**await shop.pay(order), "razorpay_signature": signature}

    answer = await shop.client.post(VERIFY, json=handed_over, headers=buyer.headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "payment-signature-invalid")
    assert (await shop.shown(buyer, order))["status"] == "CREATED"


async def test_nobody_verifies_somebody_elses_order(
    shop: Any, buyer: TestCaller, make_caller: MakeCaller, course_id: UUID
) -> None:
    handed_over = await shop.pay(await shop.ordered(buyer, course_id))

    answer = await shop.client.post(VERIFY, json=handed_over, headers=make_caller().headers)

    assert (answer.status_code, answer.json()["code"]) == (404, "order-not-found")


async def test_the_signature_of_another_order_pays_nothing(
    shop: Any, buyer: TestCaller, make_course: Any
) -> None:
    first, second = [await shop.ordered(buyer, await make_course()) for _ in range(2)]
    handed_over = await shop.pay(first)
    swapped = {**handed_over, "razorpay_order_id": second["razorpay_order_id"]}

    answer = await shop.client.post(VERIFY, json=swapped, headers=buyer.headers)

    assert answer.status_code == 400
    assert (await shop.shown(buyer, second))["status"] == "CREATED"


async def test_while_razorpay_is_away_verifying_shows_the_order_as_it_stands(
    shop: Any, buyer: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    handed_over = await shop.pay(order)
    await shop.fault("html_502", path="/v1/payments", times=3)

    answer = await shop.client.post(VERIFY, json=handed_over, headers=buyer.headers)

    assert (answer.status_code, answer.json()["status"]) == (200, "CREATED")


async def test_a_webhook_that_never_came_is_found_by_asking(
    shop: Any, buyer: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    await shop.pay(order)

    assert await shop.ask() is True

    assert (await shop.shown(buyer, order))["status"] == "CAPTURED"


async def test_an_order_whose_making_had_no_answer_is_adopted_by_its_receipt(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    row = await session.get(Order, UUID(order["id"]))
    assert row is not None
    row.razorpay_order_id = None
    await session.commit()
    await shop.pay(order)

    await shop.ask()

    assert (await shop.shown(buyer, order))["status"] == "CAPTURED"


async def test_a_full_refund_sends_the_money_back_and_closes_the_access(
    shop: Any, session: AsyncSession, buyer: TestCaller, admin: TestCaller, paid_order: Any
) -> None:
    path = f"/api/v1/payment/orders/{paid_order['id']}/refund"

    answer = await shop.client.post(path, json={"reason": "Cancelled"}, headers=admin.headers)
    await shop.work()
    await shop.spread(RefundProcessed)

    assert (answer.status_code, answer.json()["status"]) == (201, "PENDING")
    shown = await shop.shown(buyer, paid_order)
    assert (shown["status"], shown["refunded"]) == ("REFUNDED", "499.00")
    [event] = await published(session, RefundProcessed)
    assert (event.amount_minor, event.refunded_minor, event.fully_refunded) == (49900, 49900, True)
    [revoked] = await published(session, EntitlementRevoked)
    assert (revoked.user_id, revoked.reason) == (buyer.user_id, "REFUND")


async def test_parts_go_back_until_nothing_is_left(
    shop: Any, session: AsyncSession, buyer: TestCaller, admin: TestCaller, paid_order: Any
) -> None:
    path = f"/api/v1/payment/orders/{paid_order['id']}/refund"

    async def refund(amount: str | None) -> int:
        body = {"reason": "Part", "amount": amount}
        answer = await shop.client.post(path, json=body, headers=admin.headers)
        await shop.work()
        await shop.spread(RefundProcessed)
        return int(answer.status_code)

    assert await refund("99.00") == 201
    part = await shop.shown(buyer, paid_order)
    assert (part["status"], part["refunded"]) == ("PARTIALLY_REFUNDED", "99.00")
    assert await published(session, EntitlementRevoked) == []
    assert await refund("400.01") == 409
    assert await refund(None) == 201
    assert (await shop.shown(buyer, paid_order))["status"] == "REFUNDED"
    assert await refund("1.00") == 409
    assert len(await published(session, EntitlementRevoked)) == 1


async def test_a_refund_without_an_answer_is_asked_again_and_made_once(
    shop: Any, session: AsyncSession, buyer: TestCaller, admin: TestCaller, paid_order: Any
) -> None:
    await shop.fault("lost_answer", path="/v1/payments", method="POST")
    path = f"/api/v1/payment/orders/{paid_order['id']}/refund"
    await shop.client.post(path, json={"reason": "Cancelled"}, headers=admin.headers)
    await shop.work()
    [row] = await session.scalars(select(Refund))
    row.due_at = row.created_at
    await session.commit()
    await shop.work()

    assert (await shop.shown(buyer, paid_order))["status"] == "REFUNDED"
    session.expire_all()
    [row] = await session.scalars(select(Refund))
    made = await shop.at_razorpay("GET", f"/v1/refunds/{row.razorpay_refund_id}")
    assert made.json()["receipt"] == str(row.id)


async def test_a_refund_made_at_razorpay_is_booked(
    shop: Any, session: AsyncSession, buyer: TestCaller, paid_order: Any
) -> None:
    shown = await shop.shown(buyer, paid_order)
    made = await shop.at_razorpay(
        "POST", f"/v1/payments/{shown['razorpay_payment_id']}/refund", json={"amount": 10000}
    )
    await shop.hand_on(*await shop.webhooks(made.json()["id"], "refund.processed"))
    await shop.work()

    assert (await shop.shown(buyer, paid_order))["refunded"] == "100.00"
    [row] = await session.scalars(select(Refund))
    assert row.cause == "MADE_AT_RAZORPAY"


async def test_a_refund_that_razorpay_refuses_waits_for_a_person(
    shop: Any, session: AsyncSession, buyer: TestCaller, admin: TestCaller, paid_order: Any
) -> None:
    shown = await shop.shown(buyer, paid_order)
    await shop.at_razorpay("POST", f"/v1/payments/{shown['razorpay_payment_id']}/refund", json={})
    path = f"/api/v1/payment/orders/{paid_order['id']}/refund"
    await shop.client.post(path, json={"reason": "Cancelled"}, headers=admin.headers)
    await shop.work()

    [review] = await session.scalars(select(Review))
    assert review.cause == "REFUND_REFUSED"
    listed = await shop.client.get("/api/v1/payment/reconciliation", headers=admin.headers)
    assert [item["id"] for item in listed.json()["items"]] == [str(review.id)]
    assert listed.json()["orders"] == {"CAPTURED": 1}


async def test_refunds_and_reconciliation_are_for_admins(
    shop: Any, buyer: TestCaller, paid_order: Any
) -> None:
    path = f"/api/v1/payment/orders/{paid_order['id']}/refund"
    body = {"reason": "Mine"}

    assert (await shop.client.post(path, json=body, headers=buyer.headers)).status_code == 403
    path = "/api/v1/payment/reconciliation"
    assert (await shop.client.get(path, headers=buyer.headers)).status_code == 403
    assert (await shop.client.get(path)).status_code == 401


async def test_what_was_not_paid_cannot_be_refunded(
    shop: Any, buyer: TestCaller, admin: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    answers = [
        await shop.client.post(
            f"/api/v1/payment/orders/{order_id}/refund",
            json={"reason": "None"},
            headers=admin.headers,
        )
        for order_id in (order["id"], uuid7())
    ]

    assert [answer.status_code for answer in answers] == [409, 404]
