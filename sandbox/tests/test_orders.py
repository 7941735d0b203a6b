"""Orders, through the real client."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest
import razorpay

from sandbox.testing import KEY_ID, SandboxProcess


def test_an_order_has_every_documented_field(client: Any) -> None:
    order = client.order.create(
        {"amount": 100, "currency": "INR", "receipt": "r-1", "notes": {"course": "ECG"}}
    )

    assert order["id"].startswith("order_")
    assert len(order["id"]) == 20
    assert order | {"id": "", "created_at": 0} == {
        "id": "",
        "entity": "order",
        "amount": 100,
        "amount_paid": 0,
        "amount_due": 100,
        "currency": "INR",
        "receipt": "r-1",
        "offer_id": None,
        "status": "created",
        "attempts": 0,
        "notes": {"course": "ECG"},
        "created_at": 0,
    }
    assert client.order.fetch(order["id"]) == order


def test_orders_are_found_by_their_receipt(client: Any) -> None:
    receipt = uuid4().hex
    order = client.order.create({"amount": 100, "currency": "INR", "receipt": receipt})
    client.order.create({"amount": 100, "currency": "INR", "receipt": uuid4().hex})

    found = client.order.all({"receipt": receipt})

    assert found == {"entity": "collection", "count": 1, "items": [order]}


def test_lists_are_newest_first_and_paged(client: Any) -> None:
    receipt = uuid4().hex
    wanted = {"amount": 100, "currency": "INR", "receipt": receipt}
    ids = [client.order.create(wanted)["id"] for _ in range(3)]

    page = client.order.all({"receipt": receipt, "count": 2, "skip": 1})

    assert [item["id"] for item in page["items"]] == [ids[1], ids[0]]


def test_notes_of_an_order_can_be_edited(client: Any, order: dict[str, Any]) -> None:
    client.order.edit(order["id"], {"notes": {"seen": "yes"}})

    assert client.order.fetch(order["id"])["notes"] == {"seen": "yes"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"amount": 99}, "at least INR 1.00"),
        ({"amount": "500"}, "must be an integer"),
        ({"amount": 500.5}, "must be an integer"),
        ({"amount": True}, "must be an integer"),
        ({"currency": "rupees"}, "currency"),
        ({"receipt": "r" * 41}, "receipt"),
        ({"notes": {str(number): "x" for number in range(16)}}, "notes"),
        ({"colour": "red"}, "colour is/are not required"),
    ],
)
def test_a_wrong_order_is_refused_in_words(client: Any, wrong: Any, words: str) -> None:
    with pytest.raises(razorpay.errors.BadRequestError, match=words):
        client.order.create({"amount": 500, "currency": "INR"} | wrong)


def test_an_id_that_nobody_has_is_refused(client: Any) -> None:
    with pytest.raises(razorpay.errors.BadRequestError, match="does not exist"):
        client.order.fetch("order_AAAAAAAAAAAAAA")
    with pytest.raises(razorpay.errors.BadRequestError, match="not a valid id"):
        client.order.fetch("nonsense")


@pytest.mark.parametrize("auth", [None, (KEY_ID, "wrong"), ("é", "é"), (KEY_ID, "")])
def test_without_the_right_key_nothing_is_answered(running: SandboxProcess, auth: Any) -> None:
    answer = httpx2.get(f"{running.razorpay_url}/v1/orders", auth=auth, trust_env=False)

    assert answer.status_code == 401
    assert answer.json()["error"]["description"] == "Authentication failed"


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"null", b"\xff", b'{"amount":NaN}', b""])
def test_a_body_that_is_no_order_is_a_400(http: httpx2.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    answer = http.post("/v1/orders", content=body, headers=headers)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "BAD_REQUEST_ERROR"


def test_an_unknown_address_is_refused_in_razorpays_form(http: httpx2.Client) -> None:
    answer = http.get("/v1/unicorns")

    assert answer.status_code == 400
    assert "not found on the server" in answer.json()["error"]["description"]
