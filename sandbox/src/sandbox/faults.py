"""Faults on demand: what a provider may do to its clients, switched on over HTTP."""

import asyncio
from collections.abc import Callable, Collection
from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HTTP_FAULTS = frozenset({"html_502", "slow", "rate_limit", "server_error", "lost_answer"})

_BAD_GATEWAY = (
    "<html><head><title>502 Bad Gateway</title></head>"
    "<body><center><h1>502 Bad Gateway</h1></center></body></html>"
)


class Fault(BaseModel):
    """One kind of trouble, and how often it is still to happen."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=40)]
    times: Annotated[int, Field(ge=1, le=100_000)] = 1
    path: Annotated[str, Field(max_length=200)] | None = None
    method: Annotated[str, Field(max_length=10)] | None = None
    event: Annotated[str, Field(max_length=60)] | None = None
    seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None


class Faults:
    """The faults that wait to happen, oldest first. They live in memory: a restart heals."""

    def __init__(self, kinds: Collection[str]) -> None:
        self.kinds = frozenset(kinds)
        self.waiting: list[Fault] = []

    def take(self, matches: Callable[[Fault], bool]) -> Fault | None:
        """Use up one occurrence of the first fault that matches."""
        for fault in self.waiting:
            if matches(fault):
                fault.times -= 1
                if fault.times == 0:
                    self.waiting.remove(fault)
                return fault
        return None


class FaultyAnswers:
    """ASGI middleware: requests meet the HTTP faults that wait for their path."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        faults: Faults,
        prefixes: tuple[str, ...],
        error: Callable[[int], Response],
    ) -> None:
        self._app = app
        self._faults = faults
        self._prefixes = prefixes
        self._error = error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._fault_for(scope)
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind == "slow":
            await asyncio.sleep(10 if fault.seconds is None else fault.seconds)
            await self._app(scope, receive, send)
        elif fault.kind == "lost_answer":
            await self._app(scope, receive, _swallow)
            await HTMLResponse(_BAD_GATEWAY, status_code=502)(scope, receive, send)
        else:
            await self._answer(fault)(scope, receive, send)

    def _fault_for(self, scope: Scope) -> Fault | None:
        if scope["type"] != "http" or scope["path"].startswith(("/sandbox", "/health")):
            return None

        def matches(fault: Fault) -> bool:
            prefixes = self._prefixes if fault.path is None else (fault.path,)
            right_method = fault.method is None or fault.method.upper() == scope["method"]
            return fault.kind in HTTP_FAULTS and right_method and scope["path"].startswith(prefixes)

        return self._faults.take(matches)

    def _answer(self, fault: Fault) -> Response:
        if fault.kind == "html_502":
            return HTMLResponse(_BAD_GATEWAY, status_code=502)
        if fault.kind == "rate_limit":
            answer = self._error(429)
            answer.headers["Retry-After"] = str(
                max(1, round(1 if fault.seconds is None else fault.seconds))
            )
            return answer
        return self._error(500)


async def _swallow(_message: Message) -> None:
    """The work is done, and nobody hears of it."""


def faults_router(faults: Faults) -> APIRouter:
    """`/sandbox/faults`: POST adds one, GET lists, DELETE heals everything."""
    router = APIRouter(prefix="/sandbox/faults", tags=["sandbox"])

    @router.post("", status_code=201, response_model=None)
    async def add_fault(fault: Fault) -> dict[str, Any] | Response:
        if fault.kind not in faults.kinds:
            return JSONResponse(
                {"error": f"unknown kind; known are: {', '.join(sorted(faults.kinds))}"},
                status_code=400,
            )
        faults.waiting.append(fault)
        return {"items": [waiting.model_dump() for waiting in faults.waiting]}

    @router.get("")
    async def list_faults() -> dict[str, Any]:
        return {"items": [waiting.model_dump() for waiting in faults.waiting]}

    @router.delete("", status_code=204)
    async def clear_faults() -> None:
        faults.waiting.clear()

    return router
