"""Faults of Razorpay's API that a client must live with."""

import time
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import razorpay
import requests

ORDER = {"amount": 500, "currency": "INR"}


def test_a_proxy_may_answer_html(client: Any, http: httpx2.Client) -> None:
    http.post("/sandbox/faults", json={"kind": "html_502"})

    with pytest.raises(requests.exceptions.JSONDecodeError):
        client.order.create(ORDER)
    assert client.order.create(ORDER)["status"] == "created"


def test_an_answer_may_be_lost_though_the_work_was_done(client: Any, http: httpx2.Client) -> None:
    receipt = uuid4().hex
    http.post("/sandbox/faults", json={"kind": "lost_answer", "method": "POST"})

    with pytest.raises(requests.exceptions.JSONDecodeError):
        client.order.create(ORDER | {"receipt": receipt})
    assert client.order.all({"receipt": receipt})["count"] == 1


def test_too_many_requests_are_told_when_to_come_back(http: httpx2.Client) -> None:
    http.post("/sandbox/faults", json={"kind": "rate_limit", "seconds": 3})

    answer = http.get("/v1/orders")

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")


def test_an_answer_may_be_slow(client: Any, http: httpx2.Client) -> None:
    http.post("/sandbox/faults", json={"kind": "slow", "seconds": 0.5})

    with pytest.raises(requests.exceptions.ReadTimeout):
        client.order.create(ORDER, timeout=(1, 0.2))


def test_a_server_may_fail_in_its_own_form(client: Any, http: httpx2.Client) -> None:
    http.post("/sandbox/faults", json={"kind": "server_error"})

    with pytest.raises(razorpay.errors.ServerError, match="facing some trouble"):
        client.order.create(ORDER)


def test_a_fault_hits_its_path_alone_and_as_often_as_said(http: httpx2.Client) -> None:
    http.post("/sandbox/faults", json={"kind": "html_502", "times": 2, "path": "/v1/refunds"})

    assert http.get("/v1/orders").status_code == 200
    answers = [http.get("/v1/refunds").status_code for _ in range(3)]
    assert answers == [502, 502, 200]


def test_faults_are_listed_and_healed(http: httpx2.Client) -> None:
    http.post("/sandbox/faults", json={"kind": "html_502", "times": 5})

    assert [item["times"] for item in http.get("/sandbox/faults").json()["items"]] == [5]
    assert http.delete("/sandbox/faults").status_code == 204
    assert http.get("/v1/orders").status_code == 200


def test_an_unknown_fault_is_refused_with_the_known_ones(http: httpx2.Client) -> None:
    answer = http.post("/sandbox/faults", json={"kind": "earthquake"})

    assert answer.status_code == 400
    assert "html_502" in answer.json()["error"]


def test_a_slow_answer_delays_nobody_else(http: httpx2.Client) -> None:
    http.post("/sandbox/faults", json={"kind": "slow", "seconds": 2, "path": "/v1/refunds"})
    with pytest.raises(httpx2.ReadTimeout):
        http.get("/v1/refunds", timeout=0.1)

    begun = time.monotonic()
    assert http.get("/v1/orders").status_code == 200
    assert time.monotonic() - begun < 1
