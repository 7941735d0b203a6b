"""The short way of the few hot routes: around the layers that only other requests need.

A lane takes nothing but what it fully understands: exactly its path, asked by somebody whose token
was verified before; a GET for a first page, or a POST of known, small length that is JSON.
Everything else goes the ordinary way, to the route that stands in the OpenAPI document and does
the same.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servicekit.access.principal import Principal
from servicekit.problems import Problem
from servicekit.web.answers import render
from servicekit.web.edge import Edge
from servicekit.web.reads import HotReads
from servicekit.web.writes import HotWrites

_FIRST_PAGE = re.compile(rb"(?:limit=([1-9]\d?|100))?")
_MAX_BODY_BYTES = 65_536

Body = TypeVar("Body", bound=BaseModel)


@dataclass(slots=True)
class Asked:
    """What a lane is given: the `limit` of a first page, or the whole `body` of a POST."""

    caller: Principal
    reads: HotReads
    writes: HotWrites
    limit: int
    body: bytes = b""
    undone: bool = False

    def parsed(self, model: type[Body]) -> Body | None:
        """The body, read as for a route; None if that would refuse it."""
        try:
            return model.model_validate(json.loads(self.body))
        except (ValueError, RecursionError):  # a ValidationError is a ValueError
            return None


Lane = Callable[[Asked], Awaitable[Response | None]]
"""None says: not for this lane after all. Nothing has changed then."""
Lanes = Mapping[tuple[str, str], Lane]
"""By method and whole path."""


class FastLanes:
    """Around the whole application. What it takes has an edge of its own: ids, metrics, bounds."""

    def __init__(self, app: ASGIApp, lanes: Lanes, state: Any) -> None:
        self._app, self._lanes, self._state = app, lanes, state
        self._edge = Edge(self._answer, max_in_flight=state.settings.max_in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http" and (scope["method"], scope["path"]) in self._lanes:
            asked = self._understood(scope)
            if asked is not None:
                scope["asked"] = asked
                await self._edge(scope, receive, send)
                if not asked.undone:
                    return
                receive = _again(asked.body, receive)
        await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked: Asked = scope["asked"]
        request = Request(scope, receive)
        try:
            if request.method == "POST":
                asked.body = await request.body()
            answer = await self._lanes[request.method, scope["path"]](asked)
        except ClientDisconnect:
            return
        except Problem as problem:
            answer = render(request, problem)
        asked.undone = answer is None
        if answer is not None:
            await answer(scope, receive, send)

    def _understood(self, scope: Scope) -> Asked | None:
        headers = dict(scope["headers"])
        page = _FIRST_PAGE.fullmatch(scope["query_string"])
        token = headers.get(b"authorization", b"")
        if page is None or len(headers) < len(scope["headers"]) or token[:7] != b"Bearer ":
            return None
        if scope["method"] == "POST" and not _is_small_json(headers):
            return None
        try:
            caller = self._state.verifier.cached(token[7:].decode("latin-1"))
            if caller is not None:
                self._state.revocations.check(caller)
        except Problem:
            return None  # the ordinary way says what is wrong
        limit, state = int(page[1] or 20), self._state
        return Asked(caller, state.reads, state.writes, limit) if caller else None


def _is_small_json(headers: Mapping[bytes, bytes]) -> bool:
    kind, length = headers.get(b"content-type", b""), headers.get(b"content-length", b"")
    is_small = length.isdigit() and int(length) <= _MAX_BODY_BYTES
    return is_small and kind.partition(b";")[0] == b"application/json"


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that begins with the body that was read already."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received
