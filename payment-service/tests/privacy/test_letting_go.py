"""Somebody is no more: the books stay, without a name."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import UserRegistered
from contracts.event import Account
from contracts.payment import EntitlementGranted, PaymentCaptured
from contracts.privacy import ErasureCompleted
from payment_service.database import Model
from payment_service.entitlements.models import Entitlement
from payment_service.orders.models import Order
from payment_service.payments.models import Webhook
from payment_service.points.models import Player, PointsTransaction
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.privacy import deletion_of, everything

CANARY = "Canarina Quill"


def registration_of(who: TestCaller) -> UserRegistered:
    person = Account(full_name=CANARY, email="canarina@example.com")
    return UserRegistered(version=1, user_id=who.user_id, role="student", person=person)


async def test_what_was_paid_stays_under_a_tombstone(
    session: AsyncSession, shop: Any, buyer: TestCaller, course_id: UUID
) -> None:
    await shop.hear(registration_of(buyer))
    order = await shop.ordered(buyer, course_id)
    await shop.pay(order)
    about = order["razorpay_order_id"]
    await shop.hand_on(*await shop.webhooks(about, "payment.captured"))
    await shop.work()
    await shop.spread(PaymentCaptured)
    deleted = deletion_of(buyer.user_id)

    await shop.hear(deleted)
    await shop.hear(deleted.model_copy(update={"version": 10}))
    await shop.hear(registration_of(buyer))

    left = await everything(session, Model.metadata)
    assert "anarina" not in left
    [kept] = await session.scalars(select(Order))
    assert (kept.user_id, kept.status) == (deleted.tombstone_id, "CAPTURED")
    assert kept.receipt_number is not None
    [access] = await session.scalars(select(Entitlement))
    assert access.user_id == deleted.tombstone_id
    assert list(await session.scalars(select(Player))) == []
    assert list(await session.scalars(select(PointsTransaction))) == []
    bodies = [one.body for one in await session.scalars(select(Webhook))]
    assert bodies
    assert all(about.encode() not in body for body in bodies)
    [answer] = await published(session, ErasureCompleted)
    assert (answer.service, answer.counts["orders"]) == ("payment-service", 1)


async def test_money_that_was_under_way_still_opens_what_it_paid(
    session: AsyncSession, shop: Any, buyer: TestCaller, course_id: UUID
) -> None:
    order = await shop.ordered(buyer, course_id)
    await shop.pay(order)
    deleted = deletion_of(buyer.user_id)
    await shop.hear(deleted)

    about = order["razorpay_order_id"]
    await shop.hand_on(*await shop.webhooks(about, "payment.captured"))
    await shop.work()
    await shop.spread(PaymentCaptured)

    [granted] = await published(session, EntitlementGranted)
    assert granted.user_id == deleted.tombstone_id
