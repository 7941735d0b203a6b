"""Coupons: never used more often than allowed, held by orders, counted when paid."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import CouponRedeemed, PaymentCaptured
from payment_service.coupons.models import Coupon, Redemption
from payment_service.orders.models import Order
from payment_service.orders.schedules import expire_orders
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.plugin import MakeCaller

COUPONS = "/api/v1/coupons"


@pytest.fixture
def make_coupon(shop: Any, admin: TestCaller) -> Any:
    """`make_coupon(percent=50)`: a coupon made through the door."""

    async def making(**more: Any) -> dict[str, Any]:
        body = {"code": "HEART20", "kind": "PERCENT", "percent": 20, **more}
        if body["kind"] == "FIXED":
            del body["percent"]
        answer = await shop.client.post(f"{COUPONS}/", json=body, headers=admin.headers)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return making


class _Worker:
    """What a schedule asks of its context."""

    def __init__(self, sessions: Any) -> None:
        self.sessions = sessions


async def expire(shop: Any, session: AsyncSession) -> None:
    """Let every open order run out."""
    await session.execute(update(Order).values(expires_at=now() - timedelta(seconds=1)))
    await session.commit()
    await expire_orders(_Worker(shop.till.sessions))  # type: ignore[arg-type]  # sessions alone


@pytest.mark.parametrize(
    ("coupon", "amount"),
    [
        ({"percent": 20}, "399.20"),
        ({"percent": 33}, "334.33"),
        ({"kind": "FIXED", "amount": "100.00"}, "399.00"),
    ],
)
async def test_a_coupon_lowers_the_price(
    shop: Any, buyer: TestCaller, course_id: UUID, make_coupon: Any, coupon: Any, amount: str
) -> None:
    await make_coupon(**coupon)

    order = await shop.ordered(buyer, course_id, coupon_code="heart20")

    assert (order["price"], order["amount"]) == ("499.00", amount)
    made = await shop.at_razorpay("GET", f"/v1/orders/{order['razorpay_order_id']}")
    assert made.json()["amount"] == order["amount_minor"]


async def test_what_a_coupon_makes_free_is_captured_at_once_without_razorpay(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID, make_coupon: Any
) -> None:
    await make_coupon(percent=100)

    order = await shop.ordered(buyer, course_id, coupon_code="HEART20", key="free-1")
    again = await shop.ordered(buyer, course_id, coupon_code="HEART20", key="free-1")

    assert again == order
    assert (order["status"], order["amount"]) == ("CAPTURED", "0.00")
    assert order["razorpay_order_id"] is None
    assert order["receipt_number"] is not None
    await shop.spread(PaymentCaptured)
    [redeemed] = await published(session, CouponRedeemed)
    assert (redeemed.discount_minor, redeemed.code) == (49900, "HEART20")


async def test_a_remainder_below_razorpays_minimum_is_refused(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID, make_coupon: Any
) -> None:
    await make_coupon(kind="FIXED", amount="498.50", max_redemptions=1)

    answer = await shop.order(buyer, course_id, coupon_code="HEART20")

    assert (answer.status_code, answer.json()["code"]) == (409, "amount-below-minimum")
    [coupon] = await session.scalars(select(Coupon))
    assert coupon.remaining == 1


async def test_fifty_who_want_the_last_coupon_get_one(
    shop: Any, session: AsyncSession, make_caller: MakeCaller, course_id: UUID, make_coupon: Any
) -> None:
    await make_coupon(max_redemptions=1)

    async def order() -> int:
        by = make_caller()
        while True:
            answer = await shop.order(by, course_id, coupon_code="HEART20")
            if answer.status_code != 503:
                return int(answer.status_code)
            await asyncio.sleep(float(answer.headers["retry-after"]))

    statuses = await asyncio.gather(*(order() for _ in range(50)))

    assert sorted(statuses) == [201] + [409] * 49
    [coupon] = await session.scalars(select(Coupon))
    assert coupon.remaining == 0
    assert len((await session.scalars(select(Redemption))).all()) == 1


async def test_an_expired_order_gives_its_coupon_back(
    shop: Any,
    session: AsyncSession,
    buyer: TestCaller,
    make_caller: MakeCaller,
    course_id: UUID,
    make_coupon: Any,
) -> None:
    await make_coupon(max_redemptions=1, max_per_user=1)
    await shop.ordered(buyer, course_id, coupon_code="HEART20")
    assert (await shop.order(make_caller(), course_id, coupon_code="HEART20")).status_code == 409

    await expire(shop, session)

    other = await shop.order(make_caller(), course_id, coupon_code="HEART20")
    assert other.status_code == 201


async def test_one_person_uses_it_as_often_as_allowed(
    shop: Any, buyer: TestCaller, make_course: Any, make_coupon: Any
) -> None:
    await make_coupon(max_per_user=1)
    first, second = await make_course(), await make_course()
    await shop.ordered(buyer, first, coupon_code="HEART20")

    again = await shop.ordered(buyer, first, coupon_code="HEART20")
    other = await shop.order(buyer, second, coupon_code="HEART20")

    assert again["discount"] == "99.80"
    assert (other.status_code, other.json()["reason"]) == (409, "USED_BY_YOU")


async def test_a_paid_order_uses_its_coupon_once(
    shop: Any,
    session: AsyncSession,
    buyer: TestCaller,
    admin: TestCaller,
    course_id: UUID,
    make_coupon: Any,
) -> None:
    made = await make_coupon(max_redemptions=5)
    order = await shop.ordered(buyer, course_id, coupon_code="HEART20")
    await shop.pay(order)
    await shop.ask()
    await shop.spread(PaymentCaptured)
    await shop.spread(PaymentCaptured)

    [event] = await published(session, CouponRedeemed)
    assert (str(event.order_id), event.discount_minor) == (order["id"], 9980)
    shown = (await shop.client.get(f"{COUPONS}/{made['id']}", headers=admin.headers)).json()
    assert (shown["redeemed"], shown["remaining"]) == (1, 4)


async def test_an_order_paid_after_its_coupon_went_to_somebody_else_keeps_its_price(
    shop: Any,
    session: AsyncSession,
    buyer: TestCaller,
    make_caller: MakeCaller,
    course_id: UUID,
    make_coupon: Any,
) -> None:
    await make_coupon(max_redemptions=1)
    late = await shop.ordered(buyer, course_id, coupon_code="HEART20")
    await expire(shop, session)
    await shop.ordered(make_caller(), course_id, coupon_code="HEART20")
    await shop.pay(late)
    while await shop.ask():
        if (await shop.shown(buyer, late))["status"] == "CAPTURED":
            break
    await shop.spread(PaymentCaptured)

    assert (await shop.shown(buyer, late))["status"] == "CAPTURED"
    assert await published(session, CouponRedeemed) == []
    [coupon] = await session.scalars(select(Coupon))
    assert coupon.remaining == 0


@pytest.mark.parametrize(
    ("coupon", "reason"),
    [
        ({"ends_at": "2020-01-01T00:00:00Z"}, "NO_LONGER_VALID"),
        ({"starts_at": "2090-01-01T00:00:00Z"}, "NOT_YET_VALID"),
        ({"item_type": "WEBINAR"}, "OTHER_ITEM"),
        ({"item_type": "COURSE", "item_id": str(uuid7())}, "OTHER_ITEM"),
        ({"kind": "FIXED", "amount": "5.00", "currency": "USD"}, "OTHER_CURRENCY"),
        ({"code": "ANOTHER"}, "UNKNOWN"),
    ],
)
async def test_a_coupon_that_does_not_fit_says_why(
    shop: Any, buyer: TestCaller, course_id: UUID, make_coupon: Any, coupon: Any, reason: str
) -> None:
    await make_coupon(**coupon)

    order = await shop.order(buyer, course_id, coupon_code="HEART20")
    body = {"code": "heart20", "item_type": "COURSE", "item_id": str(course_id)}
    check = await shop.client.post(f"{COUPONS}/validate", json=body, headers=buyer.headers)

    assert (order.status_code, order.json()["reason"]) == (409, reason)
    assert (check.json()["valid"], check.json()["reason"]) == (False, reason)
    assert check.json()["amount"] == "499.00"


async def test_validating_shows_the_price_and_reserves_nothing(
    shop: Any, session: AsyncSession, buyer: TestCaller, course_id: UUID, make_coupon: Any
) -> None:
    await make_coupon(max_redemptions=1)
    body = {"code": "HEART20", "item_type": "COURSE", "item_id": str(course_id)}

    check = await shop.client.post(f"{COUPONS}/validate", json=body, headers=buyer.headers)

    found = {name: check.json()[name] for name in ("valid", "price", "discount", "amount")}
    assert found == {"valid": True, "price": "499.00", "discount": "99.80", "amount": "399.20"}
    [coupon] = await session.scalars(select(Coupon))
    assert coupon.remaining == 1


async def test_codes_cannot_be_guessed_for_long(
    shop: Any, buyer: TestCaller, course_id: UUID
) -> None:
    body = {"code": "GUESS", "item_type": "COURSE", "item_id": str(course_id)}
    answers = [
        await shop.client.post(f"{COUPONS}/validate", json=body, headers=buyer.headers)
        for _ in range(21)
    ]

    assert {answer.status_code for answer in answers[:10]} == {200}
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too-many-requests")
    assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "PERCENT", "percent": 0}, 422, "validation-failed"),
        ({"kind": "PERCENT", "percent": 101}, 422, "validation-failed"),
        ({"kind": "PERCENT", "amount": "5.00"}, 422, "validation-failed"),
        ({"kind": "FIXED", "percent": 5}, 422, "validation-failed"),
        ({"percent": 5, "ends_at": "9999-12-31T23:59:00-12:00"}, 422, "validation-failed"),
        ({"percent": 5, "starts_at": "0001-01-01T00:00:00+12:00"}, 422, "validation-failed"),
        ({"kind": "PERCENT", "percent": 5, "item_id": str(uuid7())}, 422, "validation-failed"),
        ({"kind": "PERCENT", "percent": 5, "points_price": 100}, 422, "not-yet-supported"),
        ({"kind": "PERCENT", "percent": 5, "stock": 100}, 422, "not-yet-supported"),
        ({"kind": "PERCENT", "percent": 5, "code": "HEART20"}, 409, "coupon-code-taken"),
    ],
)
async def test_an_unsound_coupon_is_refused(
    shop: Any, admin: TestCaller, make_coupon: Any, body: Any, status: int, code: str
) -> None:
    await make_coupon()
    answer = await shop.client.post(COUPONS, json={"code": "OTHER", **body}, headers=admin.headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_anyone_sees_current_coupons_and_only_admins_their_codes(
    shop: Any, buyer: TestCaller, admin: TestCaller, make_coupon: Any
) -> None:
    current = await make_coupon()
    over = await make_coupon(code="OVER", ends_at="2020-01-01T00:00:00Z")

    public = (await shop.client.get(f"{COUPONS}/")).json()["items"]
    seen = (await shop.client.get(f"{COUPONS}/", headers=admin.headers)).json()["items"]
    one = await shop.client.get(f"{COUPONS}/{current['id']}", headers=buyer.headers)

    assert [(item["id"], item["code"]) for item in public] == [(current["id"], None)]
    assert [item["id"] for item in seen] == [over["id"], current["id"]]
    assert seen[1]["code"] == "HEART20"
    assert (one.status_code, one.json()["code"]) == (200, None)
    assert (await shop.client.get(f"{COUPONS}/{uuid7()}")).status_code == 404
    refused = await shop.client.post(COUPONS, json={}, headers=buyer.headers)
    assert refused.status_code in {403, 422}
