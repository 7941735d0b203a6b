"""The outermost layer of an API process: request ids, a bound on work, metrics, last answers."""

import gc
import json
import logging
import re
import time
from collections.abc import Iterable
from typing import Any

from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servicekit.ids import uuid7
from servicekit.problems import (
    MEDIA_TYPE,
    ContentTooLarge,
    InternalError,
    Problem,
    ServiceUnavailable,
)
from servicekit.telemetry import request_id_var

log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
_UNBOUNDED = frozenset({"/health", "/ready", "/metrics"})

REQUESTS = Counter("docfliq_http_requests_total", "Requests answered", ["method", "status"])
SECONDS = Histogram(
    "docfliq_http_request_seconds",
    "Time from the request to the first byte of its answer",
    ["method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
IN_FLIGHT = Gauge("docfliq_http_in_flight", "Requests being worked on")


class _Place:
    """One request's place among those in flight."""

    def __init__(self, taken: "set[_Place]") -> None:
        self._taken = taken

    def take(self) -> None:
        """Begin."""
        self._taken.add(self)
        IN_FLIGHT.inc()

    def leave(self) -> None:
        """End; a second time changes nothing."""
        if self in self._taken:
            self._taken.remove(self)
            IN_FLIGHT.dec()


class Edge:
    """Pure ASGI middleware around the whole application.

    It gives each request an id, lets a path end in a slash or not without a redirect,
    answers 503 at once above `max_in_flight`, and turns whatever escapes into problem details.
    An event stream waits nearly all the time: once it has begun, it is not in flight any more.
    """

    def __init__(self, app: ASGIApp, *, max_in_flight: int) -> None:
        self._app, self._max_in_flight = app, max_in_flight
        self._taken: set[_Place] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            # What was imported stays for ever: to walk through it stops everybody for 150 ms.
            gc.freeze()
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if len(path) > 1 and path.endswith("/"):
            scope["path"] = path.rstrip("/") or "/"
        scope.setdefault("state", {})["request_id"] = request_id = _request_id(scope["headers"])
        request_id_var.set(request_id)
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        state, method = scope["state"], scope["method"]
        started, answered = time.perf_counter(), False
        place = _Place(self._taken)

        async def answer(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                if _is_stream(message["headers"]):
                    place.leave()
                message["headers"] = [*message["headers"], *_own_headers(state)]
                REQUESTS.labels(method, str(message["status"])).inc()
                SECONDS.labels(method).observe(time.perf_counter() - started)
            await send(message)

        if len(self._taken) >= self._max_in_flight and scope["path"] not in _UNBOUNDED:
            await send_problem(scope, answer, ServiceUnavailable("Too much is going on at once"))
            return
        place.take()
        try:
            await self._app(scope, receive, answer)
        except Exception:
            log.exception("request failed", extra={"path": scope["path"], "method": method})
            if answered:
                raise
            await send_problem(scope, answer, InternalError())
        finally:
            place.leave()


class Explained:
    """Around everything: Starlette's body limit answers in plain text, past every handler."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        replaced = False

        async def labelled(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_own_headers(scope["state"])]
            await send(message)

        async def explained(message: Message) -> None:
            nonlocal replaced
            starts = message["type"] == "http.response.start"
            if starts and message["status"] == 413 and not _is_problem(message["headers"]):
                replaced = True
                await send_problem(scope, labelled, ContentTooLarge())
            elif not replaced:
                await send(message)

        await self._app(scope, receive, explained)


def _is_stream(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(value.startswith(b"text/event-stream") for _name, value in headers)


def _is_problem(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(value.startswith(MEDIA_TYPE.encode()) for _name, value in headers)


def _request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"x-request-id":
            sent = value.decode("latin-1")
            if _REQUEST_ID.match(sent):
                return sent
    return str(uuid7())


def _own_headers(state: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    own = [(b"x-request-id", state["request_id"].encode())]
    limit = state.get("limit")
    if limit is not None:
        names = (b"ratelimit-limit", b"ratelimit-remaining", b"ratelimit-reset")
        own += [(name, str(value).encode()) for name, value in zip(names, limit, strict=True)]
    return own


async def send_problem(scope: Scope, send: Send, problem: Problem) -> None:
    """Answer with a problem from outside the application's own exception handlers."""
    body = problem.as_json(instance=scope["path"], request_id=scope["state"]["request_id"])
    headers = [(b"content-type", MEDIA_TYPE.encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": int(problem.status), "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
