"""Money when it goes wrong: through the gateway, with Razorpay misbehaving as told."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from demo.client import Client, new_key
from demo.journey.paying import enrolled
from demo.people import Person
from demo.sandboxes import Sandboxes
from demo.waiting import eventually


@pytest.fixture
async def buyer(make_person: Any) -> Person:
    """Somebody who buys."""
    person: Person = await make_person()
    return person


async def order_becomes(buyer: Person, order: dict[str, Any], status: str) -> dict[str, Any]:
    """The order, once it has a status."""

    async def look() -> dict[str, Any] | None:
        found: dict[str, Any] = await buyer.api.get(f"/payment/orders/{order['id']}")
        return found if found["status"] == status else None

    return await eventually(look, what=f"the order is {status}")


async def reviews_of(admin: Person, order: dict[str, Any]) -> list[dict[str, Any]]:
    """What waits for a person's decision about an order."""
    items = await admin.api.collect("/payment/reconciliation")
    return [one for one in items if one["order_id"] == order["id"]]


def webhook_of(order: dict[str, Any], *, amount_minor: int) -> bytes:
    """A webhook as Razorpay writes it, for a payment that never was."""
    payment = {
        "id": f"pay_{new_key()[:14]}",
        "entity": "payment",
        "amount": amount_minor,
        "currency": "INR",
        "status": "captured",
        "order_id": order["razorpay_order_id"],
        "captured": True,
        "method": "upi",
    }
    event = {
        "entity": "event",
        "event": "payment.captured",
        "contains": ["payment"],
        "payload": {"payment": {"entity": payment}},
        "created_at": 1795270000,
    }
    return json.dumps(event).encode()


@pytest.mark.parametrize("signature", ["wrong", "missing", "not ASCII", "of another body"])
async def test_a_webhook_without_a_right_signature_is_401_and_changes_nothing(
    signature: str, buyer: Person, make_order: Any, anybody: Client, platform: Any
) -> None:
    order = await make_order(buyer)
    body = webhook_of(order, amount_minor=order["amount_minor"])
    secret = platform.settings["PAYMENT_RAZORPAY_WEBHOOK_SECRET"].encode()
    right = hmac.new(secret, b"other" + body, hashlib.sha256).hexdigest()
    given: dict[str, dict[str, Any]] = {
        "wrong": {"X-Razorpay-Signature": "0" * 64},
        "missing": {},
        "not ASCII": {"X-Razorpay-Signature": "é".encode()},
        "of another body": {"X-Razorpay-Signature": right},
    }
    headers = {"x-razorpay-event-id": new_key(), "Content-Type": "application/json"}

    answer = await anybody.raw(
        "POST", "/payment/webhook", content=body, headers={**headers, **given[signature]}
    )

    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    now = await buyer.api.get(f"/payment/orders/{order['id']}")
    assert now["status"] == "CREATED"


@pytest.mark.parametrize("fault", ["duplicate_webhook", "reorder_webhooks", "drop_webhook"])
async def test_webhooks_twice_out_of_order_or_lost_give_access_once(
    fault: str,
    buyer: Person,
    make_order: Any,
    sandboxes: Sandboxes,
    paid_course: dict[str, Any],
) -> None:
    order = await make_order(buyer)
    times = 1 if fault == "drop_webhook" else 4
    await sandboxes.fault(fault, times=times)

    await sandboxes.pay(order["razorpay_order_id"])

    await enrolled(buyer, paid_course["id"])
    paid = await order_becomes(buyer, order, "CAPTURED")
    assert paid["receipt_number"]
    await sandboxes.heal()
    mine = await buyer.api.collect("/lms/enrollments/me")
    assert len(mine) == 1


async def test_a_payment_of_another_amount_goes_to_review_and_opens_nothing(
    buyer: Person,
    admin: Person,
    make_order: Any,
    sandboxes: Sandboxes,
    anybody: Client,
    platform: Any,
) -> None:
    order = await make_order(buyer)
    body = webhook_of(order, amount_minor=100)
    secret = platform.settings["PAYMENT_RAZORPAY_WEBHOOK_SECRET"].encode()
    headers = {
        "X-Razorpay-Signature": hmac.new(secret, body, hashlib.sha256).hexdigest(),
        "x-razorpay-event-id": new_key(),
        "Content-Type": "application/json",
    }

    answer = await anybody.raw("POST", "/payment/webhook", content=body, headers=headers)

    assert answer.status_code in {200, 202, 204}

    async def reviewed() -> list[dict[str, Any]]:
        return await reviews_of(admin, order)

    await eventually(reviewed, what="the payment waits for a person")
    now = await buyer.api.get(f"/payment/orders/{order['id']}")
    assert now["status"] != "CAPTURED"
    right = await buyer.api.get("/entitlements/check", item_type="COURSE", item_id=order["item_id"])
    assert right["entitled"] is False


async def test_an_order_paid_twice_is_paid_once_and_the_second_goes_back(
    buyer: Person, make_order: Any, sandboxes: Sandboxes, admin: Person, platform: Any
) -> None:
    order = await make_order(buyer)
    first = await sandboxes.pay(order["razorpay_order_id"])
    paid = await order_becomes(buyer, order, "CAPTURED")
    second = await sandboxes.pay(order["razorpay_order_id"])
    assert first["razorpay_payment_id"] != second["razorpay_payment_id"]

    keys = (
        platform.settings["PAYMENT_RAZORPAY_KEY_ID"],
        platform.settings["PAYMENT_RAZORPAY_KEY_SECRET"],
    )
    url = f"{platform.at.razorpay}/v1/payments"

    async def refunded() -> bool:
        asked = f"{url}/{second['razorpay_payment_id']}"
        answer = await sandboxes.wire.send("GET", asked, auth=keys)
        return bool(answer.json()["amount_refunded"] == order["amount_minor"])

    await eventually(refunded, what="the second payment is refunded")
    kept = await sandboxes.wire.send("GET", f"{url}/{first['razorpay_payment_id']}", auth=keys)
    assert kept.json()["amount_refunded"] == 0
    now = await buyer.api.get(f"/payment/orders/{order['id']}")
    assert (now["status"], now["refunded"]) == ("CAPTURED", paid["refunded"])
    right = await buyer.api.get("/entitlements/check", item_type="COURSE", item_id=order["item_id"])
    assert right["entitled"] is True


async def test_an_idempotency_key_with_another_body_is_refused_and_orders_nothing(
    buyer: Person, make_order: Any, paid_course: dict[str, Any], admin: Person
) -> None:
    key = {"Idempotency-Key": new_key()}
    wish = {"item_type": "COURSE", "item_id": paid_course["id"]}
    await make_order(buyer)
    first = await buyer.api.raw("POST", "/payment/orders", json=wish, headers=key)
    again = await buyer.api.raw("POST", "/payment/orders", json=wish, headers=key)
    before = await buyer.api.collect("/payment/orders")

    other = await buyer.api.raw(
        "POST", "/payment/orders", json={**wish, "points": 0, "coupon_code": "X10"}, headers=key
    )

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert await buyer.api.collect("/payment/orders") == before


async def test_a_failed_payment_opens_nothing_and_can_be_tried_again(
    buyer: Person, make_order: Any, sandboxes: Sandboxes, paid_course: dict[str, Any]
) -> None:
    order = await make_order(buyer)

    await sandboxes.pay(order["razorpay_order_id"], outcome="failed")
    await order_becomes(buyer, order, "FAILED")
    assert await buyer.api.collect("/lms/enrollments/me") == []
    await sandboxes.pay(order["razorpay_order_id"])

    await order_becomes(buyer, order, "CAPTURED")
    await enrolled(buyer, paid_course["id"])
