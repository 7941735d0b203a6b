"""A person pays; the merchant verifies, fetches, captures."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
import razorpay

from sandbox.testing import SandboxProcess, WebhookReceiver, eventually

Pay = Callable[..., dict[str, Any]]


def test_a_paid_order_is_paid_and_its_signature_verifies(
    client: Any, order: dict[str, Any], pay: Pay
) -> None:
    answer = pay(order["id"])

    assert client.utility.verify_payment_signature(answer) is True
    payment = client.payment.fetch(answer["razorpay_payment_id"])
    assert (payment["status"], payment["captured"]) == ("captured", True)
    assert (payment["amount"], payment["order_id"]) == (49900, order["id"])
    assert payment["fee"] > payment["tax"] > 0
    paid = client.order.fetch(order["id"])
    assert (paid["status"], paid["amount_paid"], paid["amount_due"]) == ("paid", 49900, 0)


def test_a_tampered_signature_does_not_verify(client: Any, order: dict[str, Any], pay: Pay) -> None:
    answer = pay(order["id"]) | {"razorpay_payment_id": "pay_AAAAAAAAAAAAAA"}

    with pytest.raises(razorpay.errors.SignatureVerificationError):
        client.utility.verify_payment_signature(answer)


def test_a_failed_payment_is_not_signed_and_says_why(
    client: Any, order: dict[str, Any], pay: Pay
) -> None:
    answer = pay(order["id"], "failed")

    assert answer["razorpay_signature"] is None
    assert answer["error"]["reason"] == "payment_failed"
    [payment] = client.order.payments(order["id"])["items"]
    assert (payment["status"], payment["error_code"]) == ("failed", "BAD_REQUEST_ERROR")
    assert client.order.fetch(order["id"])["status"] == "attempted"


def test_an_authorized_payment_is_captured_once_and_whole(
    client: Any, order: dict[str, Any], pay: Pay
) -> None:
    payment_id = pay(order["id"], "authorized")["razorpay_payment_id"]

    with pytest.raises(razorpay.errors.BadRequestError, match="equal to the amount authorized"):
        client.payment.capture(payment_id, 100, {"currency": "INR"})
    assert client.payment.capture(payment_id, 49900, {"currency": "INR"})["status"] == "captured"
    with pytest.raises(razorpay.errors.BadRequestError, match="already been captured"):
        client.payment.capture(payment_id, 49900, {"currency": "INR"})


@pytest.mark.parametrize("manual", [{"payment_capture": 0}, {"payment": {"capture": "manual"}}])
def test_an_order_with_manual_capture_waits_for_the_merchant(
    client: Any, pay: Pay, manual: Any
) -> None:
    order = client.order.create({"amount": 500, "currency": "INR"} | manual)

    payment_id = pay(order["id"], "captured")["razorpay_payment_id"]

    assert client.payment.fetch(payment_id)["status"] == "authorized"


def test_a_paid_order_can_be_paid_a_second_time(
    client: Any, order: dict[str, Any], pay: Pay, receiver: WebhookReceiver
) -> None:
    pay(order["id"])
    second = pay(order["id"])["razorpay_payment_id"]

    payments = client.order.payments(order["id"])
    assert [item["status"] for item in payments["items"]] == ["captured", "captured"]
    assert client.order.fetch(order["id"])["amount_paid"] == 49900
    assert client.payment.refund(second, {"amount": 49900})["status"] == "processed"
    eventually(lambda: "refund.processed" in receiver.names_about(second))
    assert receiver.names_about(order["id"]).count("order.paid") == 1


def test_a_failed_payment_may_be_authorized_late(
    client: Any, order: dict[str, Any], pay: Pay, http: httpx2.Client
) -> None:
    payment_id = pay(order["id"], "failed")["razorpay_payment_id"]

    http.post(f"/sandbox/payments/{payment_id}/authorize").raise_for_status()

    payment = client.payment.fetch(payment_id)
    assert (payment["status"], payment["error_code"]) == ("captured", None)
    assert client.order.fetch(order["id"])["status"] == "paid"


@pytest.mark.parametrize("method", ["upi", "card", "netbanking", "wallet"])
def test_each_method_leaves_its_own_marks(
    client: Any, order: dict[str, Any], http: httpx2.Client, method: str
) -> None:
    paid = http.post(f"/checkout/{order['id']}/pay", json={"method": method}).json()

    payment = client.payment.fetch(paid["razorpay_payment_id"])
    mark = {"upi": "vpa", "card": "card_id", "netbanking": "bank", "wallet": "wallet"}[method]
    marks = {name for name in ("vpa", "card_id", "bank", "wallet") if payment[name]}
    assert marks == {mark}
    assert payment["acquirer_data"]


def test_checkout_shows_a_page_with_the_amount(
    running: SandboxProcess, order: dict[str, Any]
) -> None:
    shown = httpx2.get(f"{running.razorpay_url}/checkout/{order['id']}", trust_env=False)

    assert shown.headers["content-type"].startswith("text/html")
    assert "499.00 INR" in shown.text
    assert shown.text.count("data-outcome") == 3


def test_paying_with_nonsense_is_refused(http: httpx2.Client, order: dict[str, Any]) -> None:
    wrong = http.post(f"/checkout/{order['id']}/pay", json={"outcome": "stolen"})
    unknown = http.post("/checkout/order_AAAAAAAAAAAAAA/pay", json={})

    assert (wrong.status_code, unknown.status_code) == (400, 400)
