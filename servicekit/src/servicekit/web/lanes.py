"""The short way of the few hot reads: around the layers that only other requests need.

A lane takes nothing but what it fully understands: a GET of exactly its path by somebody whose
token was verified before, for a first page. Everything else goes the ordinary way, to the route
that stands in the OpenAPI document, which answers the same.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from servicekit.access.principal import Principal
from servicekit.problems import Problem
from servicekit.web.edge import Edge, send_problem
from servicekit.web.reads import HotReads

_FIRST_PAGE = re.compile(rb"(?:limit=([1-9]\d?|100))?")
_DEFAULT_LIMIT = 20


@dataclass(frozen=True, slots=True)
class FirstPage:
    """What a lane answers."""

    caller: Principal
    limit: int
    reads: HotReads


Lane = Callable[[FirstPage], Awaitable[Response]]
Lanes = Mapping[str, Lane]
"""By whole path."""


class FastLanes:
    """Around the whole application. What it takes has an edge of its own: ids, metrics, bounds."""

    def __init__(self, app: ASGIApp, lanes: Lanes, state: Any) -> None:
        self._app, self._lanes, self._state = app, lanes, state
        self._edge = Edge(self._answer, max_in_flight=state.settings.max_in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in self._lanes:
            asked = self._understood(scope)
            if asked is not None:
                scope["first_page"] = asked
                await self._edge(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._lanes[scope["path"]](scope["first_page"])
        except Problem as problem:
            await send_problem(scope, send, problem)
            return
        await answer(scope, receive, send)

    def _understood(self, scope: Scope) -> FirstPage | None:
        query = _FIRST_PAGE.fullmatch(scope["query_string"])
        token = _token_in(scope)
        if query is None or token is None:
            return None
        try:
            caller = self._state.verifier.cached(token)
            if caller is None:
                return None
            self._state.revocations.check(caller)
        except Problem:
            return None  # the ordinary way says what is wrong
        return FirstPage(caller, int(query[1] or _DEFAULT_LIMIT), self._state.reads)


def _token_in(scope: Scope) -> str | None:
    found = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(found) != 1 or not found[0].startswith(b"Bearer "):
        return None
    return bytes(found[0][7:]).decode("latin-1")
