"""Streams and sockets pass through, and the log keeps no secret."""

import random
import socket
import time
from typing import Any

import pytest


def test_an_event_arrives_before_the_stream_ends(gateway: Any) -> None:
    started = time.monotonic()
    with gateway.client.stream("GET", "/api/v1/notifications/stream?token=x") as answer:
        first = next(answer.iter_bytes())
        waited = time.monotonic() - started

    assert answer.headers["content-type"] == "text/event-stream"
    assert first == b"data: first\n\n"
    assert waited < 2


@pytest.mark.parametrize(
    "path",
    ["/ws/channels/cardiology", "/api/v1/ws/channels/cardiology", "/api/v1/webinar/7/live"],
)
def test_a_socket_passes_through(gateway: Any, path: str) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=5) as connection:
        connection.sendall(
            f"GET {path}?token=x HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = connection.recv(4096)
        connection.sendall(b"hello")
        said = connection.recv(4096)

    assert head.startswith(b"HTTP/1.1 101 ")
    assert said == b"HELLO"


def test_only_sockets_are_upgraded(gateway: Any) -> None:
    for path, wish in (("/api/v1/feed", "websocket"), ("/ws/channels/x", "h2c")):
        answer = gateway.client.get(path, headers={"Connection": "Upgrade", "Upgrade": wish})
        assert answer.status_code == 200
        assert "upgrade" not in answer.json()["headers"]


def test_the_log_is_json_and_holds_no_query(gateway: Any) -> None:
    secret = "qwertz-secret-4711"
    for path in ("/api/v1/feed", "/nope", "/storage/private/x", "/docs", "/api/v1/auth/hang-up"):
        gateway.client.get(f"{path}?token={secret}", headers={"User-Agent": 'a "quoted" one'})
    gateway.raw(f"GET /?token={secret} BAD\r\n\r\n".encode())
    gateway.raw(f"GET /?token={secret} HTTP/1.1\r\nHost: evil\r\n\r\n".encode())

    lines = gateway.log()

    assert {"/api/v1/feed", "/nope", "/docs"} <= {line["path"] for line in lines}
    assert any(line["agent"] == 'a "quoted" one' for line in lines)
    logs = "".join(path.read_text() for path in (gateway.home / "log").iterdir())
    assert secret not in logs


def test_the_door_for_live_video_listens_and_shakes_hands(make_gateway: Any) -> None:
    port = random.randint(20000, 32000)  # noqa: S311 (no secret)
    make_gateway(rtmp_port=f"127.0.0.1:{port}")

    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"\x03" + bytes(1536))
        assert connection.recv(1) == b"\x03"
