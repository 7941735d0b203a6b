"""Ordering: the price is ours, the answer is what Checkout needs, and nothing is charged twice."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.course import CourseVisibility
from contracts.payment import (
    EntitlementGranted,
    OrderCreated,
    OrderExpired,
    PaymentCaptured,
    RefundProcessed,
)
from payment_service.orders.models import Order
from payment_service.orders.schedules import expire_orders
from sandbox.testing import KEY_ID
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.plugin import MakeCaller


class _Worker:
    """What a schedule asks of its context."""

    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions


async def test_an_order_has_the_price_of_the_catalogue_and_what_checkout_needs(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID
) -> None:
    answer = await shop.order(buyer, course_id)

    assert answer.status_code == 201
    order = answer.json()
    assert answer.headers["location"] == f"/api/v1/payment/orders/{order['id']}"
    assert (order["amount"], order["amount_minor"], order["currency"]) == ("499.00", 49900, "INR")
    assert (order["status"], order["key_id"]) == ("CREATED", KEY_ID)
    made = (await shop.at_razorpay("GET", f"/v1/orders/{order['razorpay_order_id']}")).json()
    assert (made["amount"], made["receipt"]) == (49900, order["id"])
    [event] = await published(session, OrderCreated)
    assert (event.version, event.amount_minor, event.item_title) == (1, 49900, "Rhythm disorders")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"item_id": str(uuid7())}, 404, "item-not-for-sale"),
        ({"points": 10}, 422, "not-yet-supported"),
        ({"item_type": "MEMBERSHIP"}, 422, "not-yet-supported"),
        ({"amount": "1.00"}, 422, "validation-failed"),
        ({"coupon_code": "no such code"}, 422, "validation-failed"),
        ({"coupon_code": "UNKNOWN"}, 409, "coupon-not-usable"),
        ({"item_type": "course"}, 422, "validation-failed"),
    ],
)
async def test_an_order_that_cannot_be_is_refused(
    shop: Any, buyer: TestCaller, course_id: UUID, change: dict[str, Any], status: int, code: str
) -> None:
    body = {"item_type": "COURSE", "item_id": str(course_id), **change}
    answer = await shop.client.post("/api/v1/payment/orders", json=body, headers=buyer.headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_nobody_orders_without_a_token(shop: Any, course_id: UUID) -> None:
    body = {"item_type": "COURSE", "item_id": str(course_id)}
    assert (await shop.client.post("/api/v1/payment/orders", json=body)).status_code == 401


async def test_what_is_free_or_not_for_you_is_not_sold(
    shop: Any, buyer: TestCaller, make_course: Any, make_caller: MakeCaller
) -> None:
    free = await make_course(amount_minor=0)
    verified = await make_course(visibility=CourseVisibility.VERIFIED_ONLY)
    members = await make_course(visibility=CourseVisibility.MEMBER_ONLY)

    codes = [(await shop.order(buyer, item)).json()["code"] for item in (free, verified, members)]
    assert codes == ["item-is-free", "item-not-for-you", "item-not-for-you"]
    assert (await shop.order(make_caller(verified=True), verified)).status_code == 201
    assert (await shop.order(make_caller(Role.MEMBER), members)).status_code == 201


async def test_the_same_key_makes_one_order_and_another_body_is_refused(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID, make_course: Any
) -> None:
    first = await shop.order(buyer, course_id, key="order-1")
    again = await shop.order(buyer, course_id, key="order-1")
    other = await shop.order(buyer, await make_course(), key="order-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["location"] == first.headers["location"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert len((await session.scalars(select(Order))).all()) == 1


async def test_somebody_elses_order_does_not_exist(
    shop: Any, buyer: TestCaller, admin: TestCaller, make_caller: MakeCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    path = f"/api/v1/payment/orders/{order['id']}"

    assert (await shop.client.get(path, headers=make_caller().headers)).status_code == 404
    assert (await shop.client.get(path, headers=admin.headers)).status_code == 200
    assert (await shop.client.get(path)).status_code == 401


async def test_my_orders_come_newest_first_and_page_by_page(
    shop: Any, buyer: TestCaller, make_caller: MakeCaller, make_course: Any
) -> None:
    made = [(await shop.ordered(buyer, await make_course()))["id"] for _ in range(3)]
    await shop.ordered(make_caller(), await make_course())

    seen, cursor = [], None
    for _ in range(2):
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = await shop.client.get("/api/v1/payment/orders", params=params, headers=buyer.headers)
        seen += [item["id"] for item in page.json()["items"]]
        cursor = page.json()["next_cursor"]

    assert (seen, cursor) == (made[::-1], None)


async def test_who_has_paid_does_not_pay_again(
    shop: Any, buyer: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    paid = await shop.pay(order)
    await shop.hand_on(*await shop.webhooks(paid["razorpay_payment_id"], "payment.captured"))
    await shop.work()

    on_its_way = await shop.order(buyer, course_id)
    await shop.spread(PaymentCaptured)
    open_now = await shop.order(buyer, course_id)

    codes = {on_its_way.json()["code"], open_now.json()["code"]}
    assert codes == {"already-entitled"}


async def test_an_answer_that_got_lost_does_not_make_a_second_order(
    shop: Any, buyer: TestCaller, course_id: UUID
) -> None:
    await shop.fault("lost_answer", path="/v1/orders", method="POST")

    order = await shop.ordered(buyer, course_id)

    found = await shop.at_razorpay("GET", "/v1/orders", params={"receipt": order["id"]})
    assert [one["id"] for one in found.json()["items"]] == [order["razorpay_order_id"]]


@pytest.mark.parametrize("kind", ["html_502", "rate_limit", "server_error"])
async def test_a_hiccup_of_razorpay_is_not_noticed(
    shop: Any, buyer: TestCaller, course_id: UUID, kind: str
) -> None:
    await shop.fault(kind, path="/v1/orders")

    assert (await shop.order(buyer, course_id)).status_code == 201


async def test_while_razorpay_is_away_the_buyer_is_asked_to_come_back(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID
) -> None:
    await shop.fault("html_502", path="/v1/orders", times=20)
    away = await shop.order(buyer, course_id, key="again")
    await shop.at_razorpay("DELETE", "/sandbox/faults")
    back = await shop.order(buyer, course_id, key="again")

    assert (away.status_code, away.json()["code"]) == (503, "payment-provider-away")
    assert int(away.headers["retry-after"]) >= 1
    assert back.status_code == 201
    [expired] = await published(session, OrderExpired)
    assert str(expired.order_id) != back.json()["id"]


async def test_an_order_that_nobody_pays_expires_and_can_still_be_paid_late(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    await session.execute(update(Order).values(expires_at=now() - timedelta(seconds=1)))
    await session.commit()

    for _ in range(2):
        await expire_orders(_Worker(shop.till.sessions))  # type: ignore[arg-type]  # sessions alone

    shown = await shop.shown(buyer, order)
    assert shown["status"] == "FAILED"
    assert shown["expired_at"] is not None
    assert len(await published(session, OrderExpired)) == 1

    paid = await shop.pay(order)
    await shop.hand_on(*await shop.webhooks(paid["razorpay_payment_id"], "payment.captured"))
    await shop.work()
    assert (await shop.shown(buyer, order))["status"] == "CAPTURED"


async def test_a_newer_order_replaces_an_unpaid_one_and_only_one_of_them_is_paid(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID
) -> None:
    older, newer = [await shop.ordered(buyer, course_id) for _ in range(2)]
    payments = [await shop.pay(order) for order in (older, newer)]
    for payment in payments:
        came = await shop.webhooks(payment["razorpay_payment_id"], "payment.captured")
        await shop.hand_on(*came)
    await shop.work()

    states = sorted([(await shop.shown(buyer, order))["status"] for order in (older, newer)])
    assert states == ["CAPTURED", "FAILED"]
    assert len(await published(session, PaymentCaptured)) == 1
    refunded = [
        (await shop.at_razorpay("GET", f"/v1/payments/{one['razorpay_payment_id']}")).json()
        for one in payments
    ]
    assert sorted(one["amount_refunded"] for one in refunded) == [0, 49900]


async def test_many_orders_at_once_each_have_their_own_razorpay_order(
    shop: Any, make_caller: MakeCaller, course_id: UUID
) -> None:
    made = await asyncio.gather(*(shop.ordered(make_caller(), course_id) for _ in range(8)))

    assert len({order["razorpay_order_id"] for order in made}) == 8


async def test_what_an_admin_took_away_can_be_bought_again_and_is_kept(
    shop: Any, session: AsyncSession, buyer: TestCaller, admin: TestCaller, course_id: UUID
) -> None:
    first = await shop.ordered(buyer, course_id)
    await shop.pay(first)
    await shop.ask()
    await shop.spread(PaymentCaptured)
    [granted] = await published(session, EntitlementGranted)
    path = f"/api/v1/entitlements/{granted.entitlement_id}"
    assert (await shop.client.delete(path, headers=admin.headers)).status_code == 204

    second = await shop.ordered(buyer, course_id)
    await shop.pay(second)
    while (await shop.shown(buyer, second))["status"] == "CREATED":
        assert await shop.ask()
    await shop.work()

    assert (await shop.shown(buyer, second))["status"] == "CAPTURED"
    assert await published(session, RefundProcessed) == []
