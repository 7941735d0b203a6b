"""The short way of the few hot routes: around the layers that only other requests need.

A lane takes nothing but what it fully understands: exactly its path, asked by somebody whose token
was verified before; a GET for a first page, or a POST with a small JSON body. Everything else goes
the ordinary way, to the route that stands in the OpenAPI document and does the same.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servicekit.access.principal import Principal
from servicekit.problems import Problem
from servicekit.web.edge import Edge, send_problem
from servicekit.web.reads import HotReads
from servicekit.web.writes import HotWrites

_FIRST_PAGE = re.compile(rb"(?:limit=([1-9]\d?|100))?")
_DEFAULT_LIMIT = 20
_MAX_BODY_BYTES = 65_536

Body = TypeVar("Body", bound=BaseModel)
Headers = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class FirstPage:
    """What a reading lane answers."""

    caller: Principal
    limit: int
    reads: HotReads


@dataclass(slots=True)
class Sent:
    """What a writing lane is given; one that leaves it `undone` has changed nothing."""

    caller: Principal
    writes: HotWrites
    body: bytes = b""
    undone: bool = False

    def parsed(self, model: type[Body]) -> Body | None:
        """The body, read as for a route; None if that would refuse it."""
        try:
            return model.model_validate(json.loads(self.body))
        except (ValueError, RecursionError):  # a ValidationError is a ValueError
            return None


ReadingLane = Callable[[FirstPage], Awaitable[Response]]
WritingLane = Callable[[Sent], Awaitable[Response | None]]
"""None: not for this lane after all, and nothing has changed."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of a service, by whole path."""

    reads: Mapping[str, ReadingLane] = field(default_factory=dict)
    writes: Mapping[str, WritingLane] = field(default_factory=dict)


class FastLanes:
    """Around the whole application. What it takes has an edge of its own: ids, metrics, bounds."""

    def __init__(self, app: ASGIApp, lanes: Lanes, state: Any) -> None:
        self._app, self._lanes, self._state = app, lanes, state
        self._edge = Edge(self._answer, max_in_flight=state.settings.max_in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        asked = self._understood(scope) if scope["type"] == "http" else None
        if asked is not None:
            scope["asked"] = asked
            await self._edge(scope, receive, send)
            if isinstance(asked, FirstPage) or not asked.undone:
                return
            receive = _again(asked.body, receive)
        await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer_of(scope["asked"], scope["path"], receive)
        except Problem as problem:
            await send_problem(scope, send, problem)
            return
        if answer is not None:
            await answer(scope, receive, send)

    async def _answer_of(
        self, asked: FirstPage | Sent, path: str, receive: Receive
    ) -> Response | None:
        if isinstance(asked, FirstPage):
            return await self._lanes.reads[path](asked)
        if not await _read_body(asked, receive):
            return None
        answer = await self._lanes.writes[path](asked)
        asked.undone = answer is None
        return answer

    def _understood(self, scope: Scope) -> FirstPage | Sent | None:
        method, path = scope["method"], scope["path"]
        if method == "GET" and path in self._lanes.reads:
            query = _FIRST_PAGE.fullmatch(scope["query_string"])
            if query is not None and (caller := self._caller(_headers(scope))) is not None:
                return FirstPage(caller, int(query[1] or _DEFAULT_LIMIT), self._state.reads)
        elif method == "POST" and path in self._lanes.writes:
            headers = _headers(scope)
            if _is_small_json(headers) and (caller := self._caller(headers)) is not None:
                return Sent(caller, self._state.writes)
        return None

    def _caller(self, headers: Headers) -> Principal | None:
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        if scheme != b"Bearer":
            return None
        try:
            caller: Principal | None = self._state.verifier.cached(token.decode("latin-1"))
            if caller is not None:
                self._state.revocations.check(caller)
        except Problem:
            return None  # the ordinary way says what is wrong
        return caller


def _headers(scope: Scope) -> Headers:
    """The headers by name; none at all if one came twice."""
    found = dict(scope["headers"])
    return found if len(found) == len(scope["headers"]) else {}


def _is_small_json(headers: Headers) -> bool:
    length = headers.get(b"content-length", b"")
    return (
        headers.get(b"content-type", b"").partition(b";")[0] == b"application/json"
        and b"transfer-encoding" not in headers
        and length.isdigit()
        and int(length) <= _MAX_BODY_BYTES
    )


async def _read_body(sent: Sent, receive: Receive) -> bool:
    """Whether the whole body came before its sender went away."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return False
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            sent.body = b"".join(parts)
            return True


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that begins with the body that was read already."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received
