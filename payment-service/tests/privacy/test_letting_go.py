"""Somebody is no more: the books stay, without a name."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import UserRoleChanged
from contracts.auth import UserRegistered
from contracts.course import CourseArchived
from contracts.event import Account
from contracts.payment import EntitlementGranted, PaymentCaptured
from contracts.privacy import ErasureCompleted
from payment_service.catalogue.models import CatalogueItem
from payment_service.database import Model
from payment_service.entitlements.models import Entitlement
from payment_service.orders.models import Order
from payment_service.payments.models import Webhook
from payment_service.points.models import Player, PointsTransaction
from payment_service.privacy.register import REGISTER
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.privacy import Erased, Register
from servicekit.privacy.again import looking_again
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


async def test_what_an_erased_author_offered_can_still_end(
    session: AsyncSession, hear: Any, make_published_course: Any
) -> None:
    early, late = make_published_course(version=1), make_published_course(version=1)
    await hear(early)
    for course in (early, late):
        await hear(deletion_of(course.author_id))
    await hear(late)
    for course in (early, late):
        end = {"course_id": course.course_id, "author_id": course.author_id, "title": "Gone"}
        await hear(CourseArchived(version=2, **end))

    items = {one.item_id: one for one in await session.scalars(select(CatalogueItem))}
    for course in (early, late):
        item = items[course.course_id]
        assert (item.status, item.version) == ("CLOSED", 2)
        assert item.owner_id != course.author_id


async def test_facts_that_others_wait_for_are_not_forgotten(
    session: AsyncSession, hear: Any, admin: TestCaller, buyer: TestCaller
) -> None:
    """Parked: what somebody is owed, and what an admin did for others. The rest goes."""
    granted = EntitlementGranted(
        version=1, entitlement_id=uuid7(), user_id=buyer.user_id, reason="ADMIN",
        item_type="COURSE", item_id=uuid7(), granted_by=admin.user_id,
    )  # fmt: skip
    for_others = UserRoleChanged(
        version=2, user_id=uuid7(), from_role="student", to_role="instructor",
        changed_by=admin.user_id,
    )  # fmt: skip
    about_them = registration_of(admin)
    for event in (granted, for_others, about_them):
        await session.execute(
            text(
                "INSERT INTO outbox (id, type, aggregate, version, payload, headers, parked_at)"
                " VALUES (:id, :type, 'a', 1, :payload, '{}', now())"
            ),
            {"id": uuid7(), "type": event.name, "payload": event.model_dump_json()},
        )
        await session.execute(
            text(
                "INSERT INTO deferred (handler, event_id, aggregate, body, headers, attempt, due)"
                " VALUES ('h', :id, 'a', :body, jsonb_build_object('cloudEvents:type',"
                " CAST(:type AS text)), 1, now())"
            ),
            {"id": uuid7(), "type": event.name, "body": event.model_dump_json().encode()},
        )
    await session.commit()

    await hear(deletion_of(admin.user_id))
    await hear(deletion_of(buyer.user_id))

    left = "SELECT type FROM outbox WHERE parked_at IS NOT NULL ORDER BY type"
    assert list(await session.scalars(text(left))) == [granted.name, for_others.name]
    left = "SELECT headers->>'cloudEvents:type' AS type FROM deferred ORDER BY type"
    assert list(await session.scalars(text(left))) == [granted.name, for_others.name]


async def test_a_row_that_came_late_beside_the_tombstones_goes(
    session: AsyncSession, sessions: Sessions, hear: Any, buyer: TestCaller
) -> None:
    deleted, item_id, other_id = deletion_of(buyer.user_id), uuid7(), uuid7()

    def access_to(item: UUID) -> Entitlement:
        return Entitlement(
            user_id=buyer.user_id, item_type="COURSE", item_id=item, status="ACTIVE",
            granted_at=now(),
        )  # fmt: skip

    session.add(access_to(item_id))
    await session.commit()
    await hear(deleted)
    session.add_all([access_to(item_id), access_to(other_id)])
    await session.execute(text("UPDATE tombstones SET look_again_at = now()"))
    await session.commit()

    context: Any = SimpleNamespace(sessions=sessions)
    await looking_again(REGISTER).function(context)

    rows = list(await session.scalars(select(Entitlement)))
    assert {one.user_id for one in rows} == {deleted.tombstone_id}
    assert {one.item_id for one in rows} == {item_id, other_id}


async def test_a_look_that_fails_keeps_no_other_waiting(
    session: AsyncSession, sessions: Sessions, hear: Any, buyer: TestCaller, admin: TestCaller
) -> None:
    async def fail_for_the_buyer(_: AsyncSession, who: Erased) -> dict[str, int]:
        if who.user_id == buyer.user_id:
            raise RuntimeError
        return {}

    for who in (buyer, admin):
        await hear(deletion_of(who.user_id))
    await session.execute(text("UPDATE tombstones SET look_again_at = now()"))
    await session.commit()

    context: Any = SimpleNamespace(sessions=sessions)
    failing = Register(holdings=(), before=(fail_for_the_buyer,))
    await looking_again(failing).function(context)

    looks = await session.execute(text("SELECT user_id, looks FROM tombstones"))
    assert {row.user_id: row.looks for row in looks} == {buyer.user_id: 0, admin.user_id: 1}
    await session.rollback()
    due = "SELECT count(*) FROM tombstones WHERE look_again_at < now() + interval '11 minutes'"
    assert await session.scalar(text(due)) == 2
