"""What browsers need: CORS at the gateway alone, and headers that keep pages safe."""

from typing import Any

import pytest

ORIGINS = ["http://localhost:3000", "http://localhost:5173", "null"]
PATHS = ["/api/v1/feed", "/storage/public/a.txt", "/nope", "/health"]


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", PATHS)
def test_a_known_origin_may_read_answers_and_errors(gateway: Any, origin: str, path: str) -> None:
    gateway.put("public/a.txt", b"x")
    answer = gateway.client.get(path, headers={"Origin": origin})

    assert answer.headers.get_list("access-control-allow-origin") == [origin]
    exposed = answer.headers["access-control-expose-headers"]
    for name in ("Location", "ETag", "RateLimit-Remaining", "Retry-After"):
        assert name in exposed
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_origin_may_not(gateway: Any, path: str) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "http://localhost:30000"}, {}):
        answer = gateway.client.get(path, headers=headers)
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_preflight_is_answered_without_asking_a_service(gateway: Any) -> None:
    before = len(gateway.services["content"].asked)
    ask = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match"}

    yes = gateway.client.options("/api/v1/cms/posts/7", headers={"Origin": ORIGINS[0], **ask})
    no = gateway.client.options("/api/v1/cms/posts/7", headers={"Origin": "http://evil", **ask})

    assert (yes.status_code, yes.headers["access-control-allow-origin"]) == (204, ORIGINS[0])
    assert "PATCH" in yes.headers["access-control-allow-methods"]
    for name in ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Range"):
        assert name in yes.headers["access-control-allow-headers"]
    assert not [name for name in no.headers if name.startswith("access-control-")]
    assert len(gateway.services["content"].asked) == before


def test_origins_are_a_setting(make_gateway: Any) -> None:
    gateway = make_gateway(cors_origins="https://app.docfliq.example")

    yes = gateway.client.get("/health", headers={"Origin": "https://app.docfliq.example"})
    no = gateway.client.get("/health", headers={"Origin": "http://localhost:3000"})

    assert yes.headers["access-control-allow-origin"] == "https://app.docfliq.example"
    assert "access-control-allow-origin" not in no.headers


@pytest.mark.parametrize("path", ["/", "/docs", "/api/v1/feed", "/nope", "/problems/not-found"])
def test_every_answer_is_guarded(gateway: Any, path: str) -> None:
    headers = gateway.client.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_nobody_learns_what_runs_here(gateway: Any) -> None:
    for path in ("/", "/api/v1/feed", "/nope"):
        answer = gateway.client.get(path)
        assert answer.headers["server"] == "nginx"
        assert "x-powered-by" not in answer.headers
        assert "1.22" not in answer.text


def test_large_answers_are_compressed_and_their_tag_can_still_be_sent_back(gateway: Any) -> None:
    answer = gateway.client.get("/api/v1/feed", headers={"Accept-Encoding": "gzip"})
    tag = answer.headers["etag"]
    sent = gateway.client.patch("/api/v1/cms/posts/7", headers={"If-Match": tag}).json()["headers"]
    read = gateway.client.get("/api/v1/feed", headers={"If-None-Match": tag}).json()["headers"]

    assert (answer.headers["content-encoding"], tag) == ("gzip", 'W/"7"')
    assert (sent["if-match"], read["if-none-match"]) == ('"7"', '"7"')


def test_answers_of_services_are_not_kept_by_others(gateway: Any) -> None:
    assert gateway.client.get("/api/v1/users/me").headers["cache-control"] == "private, no-cache"
