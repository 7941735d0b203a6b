"""Access: opened once by money or an admin, closed once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import (
    EntitlementGranted,
    EntitlementRevoked,
    ItemType,
    PaymentCaptured,
    RefundProcessed,
)
from payment_service.entitlements.models import Entitlement
from payment_service.entitlements.service import lapse_one_entitlement
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published

ENTITLEMENTS = "/api/v1/entitlements"


def captured(user_id: UUID, **more: Any) -> PaymentCaptured:
    """An order that was paid."""
    facts = {
        "version": 2,
        "order_id": uuid7(),
        "user_id": user_id,
        "item_type": ItemType.COURSE,
        "item_id": uuid7(),
        "item_title": "Rhythm disorders",
        "amount_minor": 49900,
        "currency": "INR",
        "receipt_number": "DFQ-2026-000001",
        "captured_at": now(),
    }
    return PaymentCaptured(**{**facts, **more})


async def test_a_captured_payment_opens_access_once(
    shop: Any, session: AsyncSession, buyer: TestCaller, hear: Any
) -> None:
    paid = captured(buyer.user_id)

    assert await hear(paid) == [True, True, True]
    assert await hear(paid) == [False, False, False]

    [event] = await published(session, EntitlementGranted)
    assert (event.order_id, event.reason, event.version) == (paid.order_id, "PAYMENT", 1)
    listed = await shop.client.get(ENTITLEMENTS, headers=buyer.headers)
    assert [item["id"] for item in listed.json()["items"]] == [str(event.entitlement_id)]
    params = {"item_type": "COURSE", "item_id": str(paid.item_id)}
    check = await shop.client.get(f"{ENTITLEMENTS}/check", params=params, headers=buyer.headers)
    assert check.json()["entitled"] is True


async def test_only_a_full_refund_closes_what_its_order_opened(
    session: AsyncSession, buyer: TestCaller, hear: Any
) -> None:
    paid = captured(buyer.user_id)
    await hear(paid)
    facts = paid.model_dump(include={"order_id", "user_id", "item_type", "item_id", "item_title"})
    part = RefundProcessed(
        version=3, amount_minor=1, currency="INR", refund_id=uuid7(), refunded_minor=1, **facts
    )
    whole = part.model_copy(update={"version": 4, "fully_refunded": True})

    await hear(part)
    assert await published(session, EntitlementRevoked) == []
    assert await hear(whole) == [True]
    assert await hear(whole) == [False]

    [event] = await published(session, EntitlementRevoked)
    assert (event.version, event.reason) == (2, "REFUND")


async def test_the_refund_of_an_older_order_leaves_a_newer_one_open(
    session: AsyncSession, buyer: TestCaller, hear: Any
) -> None:
    older = captured(buyer.user_id)
    newer = captured(buyer.user_id, item_id=older.item_id)
    await hear(older)
    await hear(newer)
    facts = older.model_dump(include={"order_id", "user_id", "item_type", "item_id", "item_title"})
    await hear(
        RefundProcessed(
            version=3,
            amount_minor=49900,
            currency="INR",
            refund_id=uuid7(),
            refunded_minor=49900,
            fully_refunded=True,
            **facts,
        )
    )

    assert await published(session, EntitlementRevoked) == []


async def test_an_admin_gives_and_takes_access(
    shop: Any, session: AsyncSession, buyer: TestCaller, admin: TestCaller
) -> None:
    body = {"user_id": str(buyer.user_id), "item_type": "COURSE", "item_id": str(uuid7())}
    given = await shop.client.post(ENTITLEMENTS, json=body, headers=admin.headers)
    again = await shop.client.post(ENTITLEMENTS, json=body, headers=admin.headers)
    path = f"{ENTITLEMENTS}/{given.json()['id']}"
    taken = [await shop.client.delete(path, headers=admin.headers) for _ in range(2)]

    assert (given.status_code, again.status_code) == (201, 409)
    assert [answer.status_code for answer in taken] == [204, 204]
    [granted] = await published(session, EntitlementGranted)
    [revoked] = await published(session, EntitlementRevoked)
    assert (granted.reason, revoked.reason) == ("ADMIN", "ADMIN")
    assert (granted.version, revoked.version) == (1, 2)
    assert (await shop.client.get(ENTITLEMENTS, headers=buyer.headers)).json()["items"] == []


async def test_giving_access_is_for_admins(shop: Any, buyer: TestCaller) -> None:
    body = {"user_id": str(buyer.user_id), "item_type": "COURSE", "item_id": str(uuid7())}

    given = await shop.client.post(ENTITLEMENTS, json=body, headers=buyer.headers)
    taken = await shop.client.delete(f"{ENTITLEMENTS}/{uuid7()}", headers=buyer.headers)

    assert (given.status_code, taken.status_code) == (403, 403)


async def test_what_never_existed_cannot_be_taken(shop: Any, admin: TestCaller) -> None:
    answer = await shop.client.delete(f"{ENTITLEMENTS}/{uuid7()}", headers=admin.headers)

    assert (answer.status_code, answer.json()["code"]) == (404, "entitlement-not-found")


@pytest.mark.parametrize(
    "params", [{}, {"item_type": "COURSE"}, {"item_type": "X", "item_id": "y"}]
)
async def test_a_check_names_an_item(shop: Any, buyer: TestCaller, params: dict[str, str]) -> None:
    answer = await shop.client.get(f"{ENTITLEMENTS}/check", params=params, headers=buyer.headers)

    assert answer.status_code == 422


async def test_access_for_a_time_ends_by_itself(
    shop: Any, session: AsyncSession, buyer: TestCaller, admin: TestCaller
) -> None:
    item_id = str(uuid7())
    body = {
        "user_id": str(buyer.user_id),
        "item_type": "COURSE",
        "item_id": item_id,
        "expires_at": (now() + timedelta(hours=1)).isoformat(),
    }
    await shop.client.post(ENTITLEMENTS, json=body, headers=admin.headers)
    await session.execute(update(Entitlement).values(expires_at=now() - timedelta(seconds=1)))
    await session.commit()

    params = {"item_type": "COURSE", "item_id": item_id}
    check = await shop.client.get(f"{ENTITLEMENTS}/check", params=params, headers=buyer.headers)
    assert check.json()["entitled"] is False
    assert await lapse_one_entitlement(session) is True
    assert await lapse_one_entitlement(session) is False
    [event] = await published(session, EntitlementRevoked)
    assert event.reason == "EXPIRED"
    [row] = await session.scalars(select(Entitlement))
    assert row.status == "REVOKED"
