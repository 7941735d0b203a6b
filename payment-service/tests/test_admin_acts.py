"""What admins do says who did it: the audit trail lives on it."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import (
    CouponCreated,
    EntitlementGranted,
    EntitlementRevoked,
    PaymentCaptured,
    PointsRulesReplaced,
    RefundProcessed,
    RefundRequested,
)
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published

API = "/api/v1"


async def test_access_that_an_admin_gives_and_takes_names_the_admin(
    shop: Any, session: AsyncSession, buyer: TestCaller, admin: TestCaller
) -> None:
    body = {"user_id": str(buyer.user_id), "item_type": "COURSE", "item_id": str(uuid7())}
    given = await shop.client.post(f"{API}/entitlements", json=body, headers=admin.headers)
    await shop.client.delete(f"{API}/entitlements/{given.json()['id']}", headers=admin.headers)

    [granted] = await published(session, EntitlementGranted)
    [revoked] = await published(session, EntitlementRevoked)
    assert (granted.granted_by, revoked.revoked_by) == (admin.user_id, admin.user_id)


async def test_a_refund_names_whoever_asked_for_it_and_access_that_was_paid_nobody(
    shop: Any, session: AsyncSession, buyer: TestCaller, admin: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    payment = await shop.pay(order)
    await shop.hand_on(*await shop.webhooks(payment["razorpay_payment_id"], "payment.captured"))
    await shop.work()
    await shop.spread(PaymentCaptured)
    path = f"{API}/payment/orders/{order['id']}/refund"
    asked = await shop.client.post(path, json={"reason": "Cancelled"}, headers=admin.headers)

    [wish] = await published(session, RefundRequested)
    assert (wish.requested_by, wish.cause) == (admin.user_id, "REQUESTED")
    assert (str(wish.refund_id), wish.amount_minor) == (asked.json()["id"], 49900)
    await shop.work()
    [done] = await published(session, RefundProcessed)
    [granted] = await published(session, EntitlementGranted)
    assert (done.requested_by, done.version > wish.version) == (admin.user_id, True)
    assert granted.granted_by is None


async def test_a_new_coupon_is_told_without_its_code(
    shop: Any, session: AsyncSession, admin: TestCaller
) -> None:
    body = {"code": "CANARY50", "kind": "PERCENT", "percent": 50, "currency": "INR"}
    made = await shop.client.post(f"{API}/coupons", json=body, headers=admin.headers)

    [event] = await published(session, CouponCreated)
    assert (str(event.coupon_id), event.created_by) == (made.json()["id"], admin.user_id)
    assert "CANARY50" not in event.model_dump_json()


async def test_new_rules_for_points_name_whoever_set_them(
    shop: Any, session: AsyncSession, admin: TestCaller
) -> None:
    rules = {"rules": [{"event_type": "post.liked", "points": 3}]}
    await shop.client.put(f"{API}/gamification/rules", json=rules, headers=admin.headers)

    [event] = await published(session, PointsRulesReplaced)
    assert event.replaced_by == admin.user_id
    assert [(rule.event_type, rule.points) for rule in event.rules] == [("post.liked", 3)]
