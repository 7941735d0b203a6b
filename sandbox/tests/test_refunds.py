"""Refunds, and the key that makes asking twice harmless."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import razorpay

from sandbox.testing import WebhookReceiver, eventually

Pay = Callable[..., dict[str, Any]]


@pytest.fixture
def payment_id(order: dict[str, Any], pay: Pay) -> str:
    return str(pay(order["id"])["razorpay_payment_id"])


def test_a_refund_has_every_documented_field(client: Any, payment_id: str) -> None:
    refund = client.payment.refund(payment_id, {"amount": 900, "speed": "normal", "receipt": "a"})

    assert refund["id"].startswith("rfnd_")
    assert refund | {"id": "", "created_at": 0} == {
        "id": "",
        "entity": "refund",
        "amount": 900,
        "currency": "INR",
        "payment_id": payment_id,
        "notes": [],
        "receipt": "a",
        "acquirer_data": {"arn": None},
        "created_at": 0,
        "batch_id": None,
        "status": "processed",
        "speed_processed": "normal",
        "speed_requested": "normal",
    }
    assert client.refund.fetch(refund["id"]) == refund
    assert client.payment.fetch_multiple_refund(payment_id)["items"] == [refund]


def test_refunds_add_up_to_the_payment_and_no_further(client: Any, payment_id: str) -> None:
    client.payment.refund(payment_id, {"amount": 9900})
    assert client.payment.fetch(payment_id)["refund_status"] == "partial"

    with pytest.raises(razorpay.errors.BadRequestError, match="greater than amount captured"):
        client.payment.refund(payment_id, {"amount": 49900})
    client.payment.refund(payment_id, {})
    payment = client.payment.fetch(payment_id)
    assert (payment["refund_status"], payment["amount_refunded"]) == ("full", 49900)
    with pytest.raises(razorpay.errors.BadRequestError, match="fully refunded already"):
        client.payment.refund(payment_id, {"amount": 100})


def test_the_same_key_and_body_is_answered_with_the_same_refund(
    client: Any, payment_id: str
) -> None:
    headers = {"X-Refund-Idempotency": uuid4().hex}

    first = client.payment.refund(payment_id, {"amount": 500}, headers=dict(headers))
    again = client.payment.refund(payment_id, {"amount": 500}, headers=dict(headers))

    assert first == again
    assert client.payment.fetch(payment_id)["amount_refunded"] == 500


def test_the_same_key_with_another_body_is_refused(client: Any, payment_id: str) -> None:
    key = uuid4().hex
    client.payment.refund(payment_id, {"amount": 500}, headers={"X-Refund-Idempotency": key})

    with pytest.raises(razorpay.errors.BadRequestError, match="Different request with the same"):
        client.payment.refund(payment_id, {"amount": 600}, headers={"X-Refund-Idempotency": key})


@pytest.mark.parametrize("key", ["short", "with spaces in it", "ümlaut-ümlaut"])
def test_a_malformed_key_is_refused(http: httpx2.Client, payment_id: str, key: str) -> None:
    answer = http.post(
        f"/v1/payments/{payment_id}/refund",
        json={"amount": 500},
        headers={b"X-Refund-Idempotency": key.encode()},
    )

    assert answer.status_code == 400


def test_a_repetition_while_the_first_is_in_progress_is_a_409(
    http: httpx2.Client, payment_id: str
) -> None:
    http.post("/sandbox/faults", json={"kind": "slow_refund", "seconds": 0.5})
    headers = {"X-Refund-Idempotency": uuid4().hex}
    answers: list[int] = []

    def ask() -> None:
        answer = http.post(f"/v1/payments/{payment_id}/refund", json={}, headers=headers)
        answers.append(answer.status_code)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200, 409]


def test_an_uncaptured_payment_cannot_be_refunded(
    client: Any, order: dict[str, Any], pay: Pay
) -> None:
    payment_id = pay(order["id"], "authorized")["razorpay_payment_id"]

    with pytest.raises(razorpay.errors.BadRequestError, match="should be captured"):
        client.payment.refund(payment_id, {"amount": 500})


def test_a_refund_that_fails_gives_the_amount_back(
    client: Any, http: httpx2.Client, payment_id: str, receiver: WebhookReceiver
) -> None:
    http.post("/sandbox/faults", json={"kind": "refund_failed", "seconds": 0.1})

    refund = client.payment.refund(payment_id, {"amount": 500})

    assert refund["status"] == "pending"
    eventually(lambda: "refund.failed" in receiver.names_about(refund["id"]))
    assert client.refund.fetch(refund["id"])["status"] == "failed"
    payment = client.payment.fetch(payment_id)
    assert (payment["amount_refunded"], payment["refund_status"]) == (0, None)


def test_a_refund_may_be_created_by_the_other_route(client: Any, payment_id: str) -> None:
    refund = client.refund.create({"payment_id": payment_id, "amount": 500})

    assert refund in client.refund.all({"count": 5})["items"]
