"""Webhooks: signed, retried, and as unruly as the real ones."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
import razorpay

from sandbox.testing import WEBHOOK_SECRET, SandboxProcess, WebhookReceiver, eventually

Pay = Callable[..., dict[str, Any]]
Restartable = tuple[SandboxProcess, WebhookReceiver]

PAID = ["payment.authorized", "payment.captured", "order.paid"]


def test_a_payment_is_told_by_three_signed_events(
    client: Any, order: dict[str, Any], pay: Pay, receiver: WebhookReceiver
) -> None:
    payment_id = pay(order["id"])["razorpay_payment_id"]

    eventually(lambda: receiver.names_about(payment_id) == PAID)
    heard = receiver.about(payment_id)
    assert len({item.event_id for item in heard}) == 3
    for item in heard:
        assert client.utility.verify_webhook_signature(
            item.body.decode(), item.signature, WEBHOOK_SECRET
        )


def test_a_payload_is_a_snapshot_of_its_moment(
    order: dict[str, Any], pay: Pay, receiver: WebhookReceiver
) -> None:
    pay(order["id"])

    eventually(lambda: receiver.names_about(order["id"]) == PAID)
    authorized, captured, paid = (item.event for item in receiver.about(order["id"]))
    assert authorized["payload"]["payment"]["entity"]["status"] == "authorized"
    assert captured["payload"]["payment"]["entity"]["status"] == "captured"
    assert paid["contains"] == ["payment", "order"]
    assert paid["payload"]["order"]["entity"]["status"] == "paid"


def test_a_failed_payment_is_told(
    order: dict[str, Any], pay: Pay, receiver: WebhookReceiver
) -> None:
    pay(order["id"], "failed")

    eventually(lambda: receiver.names_about(order["id"]) == ["payment.failed"])


def test_a_refund_is_told_when_created_and_when_processed(
    client: Any, order: dict[str, Any], pay: Pay, receiver: WebhookReceiver
) -> None:
    refund = client.payment.refund(pay(order["id"])["razorpay_payment_id"], {"amount": 500})

    told = ["refund.created", "refund.processed"]
    eventually(lambda: receiver.names_about(refund["id"]) == told)
    assert receiver.about(refund["id"])[0].event["contains"] == ["refund", "payment"]


def test_webhooks_are_retried_until_the_receiver_is_up(
    restartable: Restartable, razorpay_of: Callable[[SandboxProcess], Any], pay: Pay
) -> None:
    process, receiver = restartable
    order = razorpay_of(process).order.create({"amount": 500, "currency": "INR"})
    pay(order["id"], at=process)
    eventually(lambda: all(item["attempts"] > 1 for item in _deliveries(process)))

    receiver.start()

    eventually(lambda: sorted(receiver.names_about(order["id"])) == sorted(PAID))


def test_a_refused_webhook_is_sent_again_with_the_same_event_id(
    order: dict[str, Any], pay: Pay, receiver: WebhookReceiver
) -> None:
    receiver.status = 500
    try:
        pay(order["id"], "failed")
        eventually(lambda: len(receiver.about(order["id"])) >= 2)
    finally:
        receiver.status = 200

    assert len({item.event_id for item in receiver.about(order["id"])}) == 1


def test_what_was_not_delivered_survives_a_crash(
    restartable: Restartable, razorpay_of: Callable[[SandboxProcess], Any], pay: Pay
) -> None:
    process, receiver = restartable
    client = razorpay_of(process)
    order = client.order.create({"amount": 500, "currency": "INR"})
    payment_id = pay(order["id"], at=process)["razorpay_payment_id"]
    key = {"X-Refund-Idempotency": "0123456789"}
    refund = client.payment.refund(payment_id, {"amount": 100}, headers=dict(key))

    process.kill()
    receiver.start()
    process.start()

    eventually(lambda: len(set(receiver.names_about(order["id"]))) == 5)
    assert client.order.fetch(order["id"])["status"] == "paid"
    assert client.payment.fetch(payment_id)["amount_refunded"] == 100
    assert client.payment.refund(payment_id, {"amount": 100}, headers=dict(key)) == refund


def test_a_webhook_can_come_twice(
    order: dict[str, Any], pay: Pay, http: httpx2.Client, receiver: WebhookReceiver
) -> None:
    _break(http, kind="duplicate_webhook", event="payment.captured")

    pay(order["id"])

    eventually(lambda: len(receiver.about(order["id"])) == 4)
    twins = [item for item in receiver.about(order["id"]) if item.name == "payment.captured"]
    assert twins[0] == twins[1]


def test_webhooks_can_come_in_the_wrong_order(
    order: dict[str, Any], pay: Pay, http: httpx2.Client, receiver: WebhookReceiver
) -> None:
    _break(http, kind="reorder_webhooks")

    pay(order["id"])

    eventually(lambda: receiver.names_about(order["id"]) == PAID[::-1])


def test_a_webhook_can_be_lost_for_ever(
    order: dict[str, Any], pay: Pay, http: httpx2.Client, receiver: WebhookReceiver
) -> None:
    _break(http, kind="drop_webhook", event="payment.captured")

    pay(order["id"])

    eventually(lambda: receiver.names_about(order["id"]) == ["payment.authorized", "order.paid"])


def test_a_webhook_can_be_signed_wrongly(
    client: Any, order: dict[str, Any], pay: Pay, http: httpx2.Client, receiver: WebhookReceiver
) -> None:
    _break(http, kind="wrong_signature_webhook")

    pay(order["id"], "failed")

    eventually(lambda: len(receiver.about(order["id"])) == 1)
    [item] = receiver.about(order["id"])
    with pytest.raises(razorpay.errors.SignatureVerificationError):
        client.utility.verify_webhook_signature(item.body.decode(), item.signature, WEBHOOK_SECRET)


def test_a_webhook_can_tell_of_another_amount(
    order: dict[str, Any], pay: Pay, http: httpx2.Client, receiver: WebhookReceiver
) -> None:
    _break(http, kind="wrong_amount_webhook", event="payment.captured")

    pay(order["id"])

    eventually(lambda: receiver.names_about(order["id"]) == PAID)
    amounts = [
        item.event["payload"]["payment"]["entity"]["amount"] for item in receiver.about(order["id"])
    ]
    assert amounts == [49900, 50000, 49900]


def test_a_delivery_can_be_sent_again_by_hand(
    order: dict[str, Any], pay: Pay, http: httpx2.Client, receiver: WebhookReceiver
) -> None:
    pay(order["id"], "failed")
    eventually(lambda: len(receiver.about(order["id"])) == 1)
    newest = http.get("/sandbox/webhooks", params={"limit": 1}).json()["items"][0]

    answer = http.post(f"/sandbox/webhooks/{newest['id']}/resend")

    assert answer.status_code == 202
    eventually(lambda: len(receiver.about(order["id"])) == 2)
    assert http.post("/sandbox/webhooks/999999/resend").status_code == 400


def _break(http: httpx2.Client, **fault: Any) -> None:
    assert http.post("/sandbox/faults", json=fault).status_code == 201


def _deliveries(process: SandboxProcess) -> list[dict[str, Any]]:
    answer = httpx2.get(f"{process.razorpay_url}/sandbox/webhooks", trust_env=False)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items
