"""Which request reaches which service, and how it looks when it arrives."""

from typing import Any

import pytest

OWNERS = {
    "auth": "auth users profile verification social admin invites",
    "content": (
        "cms feed search hashtags interactions moderation reports media storage files experiments"
    ),
    "course": "lms assessment player certificates surveys",
    "webinar": "webinar engagement chat",
    "payment": "payment entitlements gamification coupons",
    "notification": "notifications analytics audit admin/dead-letters",
}
PLACES = [(owner, segment) for owner, segments in OWNERS.items() for segment in segments.split()]


@pytest.mark.parametrize(("owner", "segment"), PLACES)
def test_a_prefix_reaches_its_owner_with_and_without_a_trailing_slash(
    gateway: Any, owner: str, segment: str
) -> None:
    for path in (
        f"/api/v1/{segment}",
        f"/api/v1/{segment}/",
        f"/api/v1/{segment}/a%20b/?q=1&r=%2F",
    ):
        answer = gateway.client.post(path, json={})

        assert answer.status_code == 200
        assert (answer.json()["service"], answer.json()["path"]) == (owner, path)


def test_a_longer_word_is_not_a_prefix(gateway: Any) -> None:
    assert gateway.client.get("/api/v1/feedback").status_code == 404
    assert gateway.client.get("/api/v1/admin/dead-letterss").json()["service"] == "auth"


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/.well-known/jwks.json", "auth"),
        ("/verify/ABC-1", "course"),
        ("/ws/channels/cardiology", "webinar"),
        ("/api/v1/ws/channels/cardiology", "webinar"),
        ("/api/v1/webinar/7/live", "webinar"),
        ("/api/v1/player/lessons/7/scorm", "course"),
        ("/api/v1/storage/upload/quarantine/x", "content"),
        ("/api/v1/lms/courses", "course"),
        ("/api/v1/feed", "content"),
    ],
)
def test_special_addresses_reach_their_owner(gateway: Any, path: str, owner: str) -> None:
    for asked in (path, f"{path}/"):
        if asked != "/.well-known/jwks.json/":
            answer = gateway.client.get(asked).json()
            assert (answer["service"], answer["path"]) == (owner, asked)


def test_relations_between_people_reach_auth_service_from_content(gateway: Any) -> None:
    answer = gateway.client.post("/api/v1/interactions/users/7/follow?x=1").json()

    assert (answer["service"], answer["path"]) == ("auth", "/api/v1/social/7/follow?x=1")
    assert gateway.client.post("/api/v1/interactions/posts/7/like").json()["service"] == "content"


def test_each_service_answers_its_health_and_its_document_through_the_gateway(gateway: Any) -> None:
    for service in OWNERS:
        for path in (f"/health/{service}", f"/health/{service}/"):
            health = gateway.client.get(path).json()
            assert (health["service"], health["path"]) == (service, "/health")
        document = gateway.client.get(f"/openapi/{service}.json").json()
        assert (document["service"], document["path"]) == (service, "/openapi.json")


def test_the_gateway_answers_for_its_own_health(gateway: Any) -> None:
    for path in ("/health", "/health/", "/api/v1/health", "/api/v1/health/"):
        answer = gateway.client.get(path)
        assert answer.json() == {"status": "ok", "service": "gateway"}
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    ["/metrics", "/ready", "/redoc", "/openapi.json", "/api/v1/ready", "/api/v1/metrics", "/nope"],
)
def test_what_is_internal_stays_inside(gateway: Any, path: str) -> None:
    before = sum(len(service.asked) for service in gateway.services.values())

    for asked in (
        path,
        f"/{path}",
        f"/api/v1/feed/../../..{path}",
        f"/api/v1/feed/%2e%2e/%2e%2e/%2e%2e{path}",
    ):
        raw = f"GET {asked} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        assert gateway.raw(raw).split(b" ", 2)[1] in {b"404", b"400"}
    assert sum(len(service.asked) for service in gateway.services.values()) == before


def test_a_service_learns_who_asks_and_nobody_can_pretend(gateway: Any) -> None:
    forged = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Host": "evil.example",
        "X-Real-IP": "6.6.6.6",
        "Forwarded": "for=6.6.6.6",
        "Proxy": "http://evil.example",
    }
    seen = gateway.client.get("/api/v1/users/me", headers=forged).json()["headers"]

    assert seen["x-forwarded-for"] == seen["x-real-ip"] == "127.0.0.1"
    assert (seen["x-forwarded-proto"], seen["host"]) == ("http", "localhost")
    assert seen["x-forwarded-host"] == f"localhost:{gateway.port}"
    assert not {"forwarded", "proxy", "upgrade", "accept-encoding"} & seen.keys()


def test_a_request_id_is_kept_if_it_is_one_and_made_if_not(gateway: Any) -> None:
    kept = gateway.client.get("/api/v1/feed", headers={"X-Request-ID": "my-request-0001"})
    made = gateway.client.get("/api/v1/feed", headers={"X-Request-ID": 'x"; drop'})

    assert kept.headers.get_list("x-request-id") == ["my-request-0001"]
    assert kept.json()["headers"]["x-request-id"] == "my-request-0001"
    assert made.headers["x-request-id"] == made.json()["headers"]["x-request-id"]
    assert len(made.headers["x-request-id"]) == 32


def test_connections_to_services_are_kept(gateway: Any) -> None:
    gateway.client.get("/api/v1/coupons")
    before = gateway.services["payment"].connections
    for _ in range(20):
        gateway.client.get("/api/v1/coupons")

    assert gateway.services["payment"].connections == before


def test_a_host_that_is_not_ours_gets_no_answer(gateway: Any) -> None:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.2"):
        asked = f"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        assert gateway.raw(asked) == b""
    absolute = b"GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert gateway.raw(absolute) == b""


def test_the_public_address_and_further_hosts_are_ours(make_gateway: Any) -> None:
    gateway = make_gateway(public_url="https://api.docfliq.example", host="gateway")

    for host in ("api.docfliq.example", "gateway:8000", "localhost", "127.0.0.1"):
        answer = gateway.client.get("/api/v1/feed", headers={"Host": host})
        assert answer.json()["headers"]["x-forwarded-proto"] == "https"
        assert "max-age" in answer.headers["strict-transport-security"]
