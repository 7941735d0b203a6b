"""What the gateway refuses, always as problem details."""

import time
from typing import Any

import pytest


def check_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal, once its form was checked."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/problems/{code}")
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["title"]
    assert body["detail"]
    return body


def test_an_unknown_address_is_told_without_its_query(gateway: Any) -> None:
    body = check_problem(gateway.client.get('/nope/"x"?token=secret'), 404, "not-found")

    assert body["instance"] == "/nope/%22x%22"


def test_a_body_may_have_a_megabyte(gateway: Any) -> None:
    fits = gateway.client.post("/api/v1/cms/posts", content=b"x" * 1024 * 1024)
    large = gateway.client.post("/api/v1/cms/posts", content=b"x" * (1024 * 1024 + 1))
    chunked = gateway.client.post("/api/v1/cms/posts", content=iter([b"x" * 700_000] * 2))

    assert fits.json()["body_bytes"] == 1024 * 1024
    check_problem(large, 413, "content-too-large")
    check_problem(chunked, 413, "content-too-large")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/storage/upload/quarantine/7",
        "/api/v1/files/upload",
        "/api/v1/player/lessons/7/scorm",
    ],
)
def test_an_upload_may_be_larger(gateway: Any, path: str) -> None:
    assert gateway.client.put(path, content=b"x" * 3_000_000).json()["body_bytes"] == 3_000_000


def test_uploads_end_somewhere(make_gateway: Any) -> None:
    gateway = make_gateway(upload_limit="2m")
    answer = gateway.client.put("/api/v1/storage/upload/x", content=b"x" * 3_000_000)

    check_problem(answer, 413, "content-too-large")


def test_an_address_and_headers_have_a_length(gateway: Any) -> None:
    check_problem(
        gateway.client.get("/", headers={"X-Long": "x" * 20_000}), 431, "headers-too-large"
    )
    answer = gateway.raw(b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 414 ")
    assert b"application/problem+json" in answer
    assert b'"code":"uri-too-long"' in answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GARBAGE\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        b"POST /api/v1/feed HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        (
            b"POST /api/v1/feed HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
    ],
)
def test_what_is_not_http_is_a_bad_request(gateway: Any, request_bytes: bytes) -> None:
    answer = gateway.raw(request_bytes)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer
    assert b'"code":"bad-request"' in answer


@pytest.mark.parametrize(("method", "path"), [("POST", "/docs"), ("DELETE", "/"), ("TRACE", "/x")])
def test_a_method_that_is_not_taken_is_told(gateway: Any, method: str, path: str) -> None:
    check_problem(gateway.client.request(method, path), 405, "method-not-allowed")


def test_one_address_cannot_ask_for_ever(make_gateway: Any) -> None:
    gateway = make_gateway(rate="1", burst="3")
    answers = [gateway.client.get("/api/v1/feed") for _ in range(8)]

    assert [answer.status_code for answer in answers[:4]] == [200] * 4
    check_problem(answers[-1], 429, "too-many-requests")
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert gateway.client.get("/health").status_code == 200


def test_a_service_that_is_away_is_told_with_the_time_to_come_back(make_gateway: Any) -> None:
    gateway = make_gateway(payment="payment=127.0.0.1:1")
    for answer in (
        gateway.client.get("/api/v1/payment/orders", headers={"Origin": "null"}),
        gateway.client.post("/api/v1/payment/orders", json={}, headers={"Origin": "null"}),
        gateway.client.get("/health/payment", headers={"Origin": "null"}),
    ):
        check_problem(answer, 502, "bad-gateway")
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.headers["access-control-allow-origin"] == "null"
    assert gateway.client.get("/api/v1/feed").status_code == 200


def test_with_two_instances_one_may_be_away(make_gateway: Any, services: Any) -> None:
    gateway = make_gateway(auth=f"auth=127.0.0.1:1,{services['auth'].address}")

    answers = [gateway.client.post("/api/v1/auth/login", json={}) for _ in range(6)]

    assert {answer.status_code for answer in answers} == {200}


def test_what_was_sent_once_is_not_sent_again(make_gateway: Any, services: Any) -> None:
    address = services["auth"].address
    gateway = make_gateway(auth=f"auth={address},{address}")
    asked = services["auth"].asked

    check_problem(gateway.client.post("/api/v1/auth/hang-up/once", json={}), 502, "bad-gateway")
    assert asked.count("POST /api/v1/auth/hang-up/once") == 1


def test_a_maintenance_file_stops_changes_and_nothing_else(make_gateway: Any, gateway: Any) -> None:
    flag = gateway.home / "maintenance"
    gateway = make_gateway(maintenance_file=str(flag))
    assert gateway.client.post("/api/v1/cms/posts", json={}).status_code == 200

    flag.touch()
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = gateway.client.request(method, "/api/v1/cms/posts/7")
        check_problem(answer, 503, "maintenance")
        assert int(answer.headers["retry-after"]) >= 1
    assert gateway.client.get("/api/v1/cms/posts/7").status_code == 200

    flag.unlink()
    assert gateway.client.post("/api/v1/cms/posts", json={}).status_code == 200


def test_public_pages_are_asked_for_once_a_second(make_gateway: Any) -> None:
    gateway = make_gateway(micro_cache="on")
    for path in ("/api/v1/feed?limit=5", "/api/v1/lms/courses/", "/api/v1/feed/trending"):
        first, again = gateway.client.get(path).json(), gateway.client.get(path).json()
        assert first["count"] == again["count"]
        other = gateway.client.get(f"{path}{'&' if '?' in path else '?'}x=1").json()
        assert other["count"] > first["count"]

    before = gateway.client.get("/api/v1/feed").json()["count"]
    time.sleep(2.1)  # nginx counts in whole seconds
    assert gateway.client.get("/api/v1/feed").json()["count"] > before


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {"Authorization": "Bearer a"}),
        ("?token=a", {}),
        ("?ticket=a", {}),
        ("", {"Cookie": "a=b"}),
    ],
)
def test_a_copy_is_neither_made_for_nor_shown_to_one_who_is_signed_in(
    make_gateway: Any, query: str, headers: dict[str, str]
) -> None:
    gateway = make_gateway(micro_cache="on")
    url = f"/api/v1/feed{query}"
    mine = [gateway.client.get(url, headers=headers).json()["count"] for _ in range(2)]

    assert mine[0] < mine[1]
    assert gateway.client.get("/api/v1/feed").json()["count"] > mine[1]


def test_copies_can_be_switched_off(gateway: Any) -> None:
    first, again = (gateway.client.get("/api/v1/feed").json()["count"] for _ in range(2))

    assert first < again
