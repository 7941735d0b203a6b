"""One person's way to the platform: requests that are repeated until they are answered."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

PATIENCE_SECS = 90.0
_UNANSWERED = frozenset({502, 503, 504})

Find = Callable[[], Awaitable[Any | None]]


class Refusal(AssertionError):
    """An answer other than the one expected, with its problem details."""

    def __init__(self, request: str, response: httpx2.Response) -> None:
        super().__init__(f"{request} answered {response.status_code}: {response.text[:600]}")
        self.response = response
        self.status = response.status_code

    @property
    def problem(self) -> dict[str, Any]:
        """The problem details (RFC 9457); empty if the answer held none."""
        if "json" not in self.response.headers.get("content-type", ""):
            return {}
        body = self.response.json()
        return body if isinstance(body, dict) else {}

    @property
    def code(self) -> str:
        """The problem's public code."""
        return str(self.problem.get("code", ""))


class Unanswered(AssertionError):
    """Nobody answered, however often it was tried."""


@dataclass
class Tally:
    """How many requests were sent, and how many of them had to be repeated."""

    requests: int = 0
    repeats: int = 0


@dataclass
class Wire:
    """The connections all people share. Requests are repeated here and nowhere else."""

    http: httpx2.AsyncClient
    api: str
    tally: Tally = field(default_factory=Tally)

    async def send(
        self,
        method: str,
        url: str,
        *,
        happened: Find | None = None,
        **request: Any,
    ) -> httpx2.Response | Any:
        """The answer. What got none, or 502 to 504, is sent again with backoff for 90 s.

        `happened` tells whether an unanswered write took place all the same: it returns what the
        write would have made, which is then returned in place of a response.
        """
        deadline = time.monotonic() + PATIENCE_SECS
        attempt = 0
        while True:
            answer, cause = await self._try(method, url, **request)
            if answer is not None:
                return answer
            if time.monotonic() > deadline:
                raise Unanswered(f"{method} {url}: {cause}")
            self.tally.repeats += 1
            attempt += 1
            await asyncio.sleep(_pause(attempt))
            if happened is not None and (made := await happened()) is not None:
                return made

    async def _try(
        self, method: str, url: str, **request: Any
    ) -> tuple[httpx2.Response | None, str]:
        self.tally.requests += 1
        try:
            response = await self.http.request(method, url, **request)
        except (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError):
            raise
        except httpx2.TransportError as lost:
            return None, repr(lost)
        if response.status_code in _UNANSWERED:
            return None, f"{response.status_code} {response.text[:200]}"
        if _in_flight(response):
            return None, "the first request with this key is still under way"
        if (wait := _told_to_wait(response)) is not None:
            await asyncio.sleep(wait)
            return None, "429"
        return response, ""

    def url(self, path: str) -> str:
        """The address of a route, of which `path` is what follows `/api/v1`."""
        return path if path.startswith("http") else f"{self.api}{path}"


def _pause(attempt: int) -> float:
    """Backoff from 0.2 s to 3 s with full jitter in its upper half."""
    ceiling = min(3.0, 0.2 * 1.6**attempt)
    return random.uniform(ceiling / 2, ceiling)  # noqa: S311 - no secret


def _in_flight(response: httpx2.Response) -> bool:
    return (
        response.status_code == 409
        and "json" in response.headers.get("content-type", "")
        and response.json().get("code") == "request-in-flight"
    )


def _told_to_wait(response: httpx2.Response) -> float | None:
    """The seconds of `Retry-After` of a 429, if they are few enough to be waited for."""
    if response.status_code != 429:
        return None
    said = response.headers.get("retry-after", "")
    return float(said) if said.isdecimal() and int(said) <= 65 else None


@dataclass
class Client:
    """The platform as one caller sees it; `tokens` is None for anybody."""

    wire: Wire
    access_token: str | None = None
    renew: Callable[[], Awaitable[None]] | None = None

    async def get(self, path: str, *, expect: int = 200, **params: Any) -> Any:
        """Read a resource."""
        shown = {name: value for name, value in params.items() if value is not None}
        # An empty mapping would take away the query that the address itself carries.
        return await self.call("GET", path, expect=(expect,), params=shown or None)

    async def post(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        expect: tuple[int, ...] = (200, 201, 202, 204),
        key: str | None = None,
        happened: Find | None = None,
    ) -> Any:
        """Write. `key` is the Idempotency-Key, which every repetition carries."""
        headers = {"Idempotency-Key": key} if key else {}
        return await self.call(
            "POST", path, expect=expect, happened=happened, json=body, headers=headers
        )

    async def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Change the fields of `body` alone."""
        return await self.call("PATCH", path, json=body)

    async def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """Replace."""
        return await self.call("PUT", path, json=body)

    async def delete(self, path: str) -> None:
        """Take away. 204 whether or not it was there a moment ago."""
        await self.call("DELETE", path, expect=(204,))

    async def call(
        self,
        method: str,
        path: str,
        *,
        expect: tuple[int, ...] = (200, 201, 202, 204),
        happened: Find | None = None,
        **request: Any,
    ) -> Any:
        """The body of the answer (bytes if it is no JSON), or None if it is empty."""
        answer = await self.raw(method, path, happened=happened, **request)
        if not isinstance(answer, httpx2.Response):
            return answer
        if answer.status_code not in expect:
            raise Refusal(f"{method} {path}", answer)
        return _body(answer)

    async def raw(
        self, method: str, path: str, *, happened: Find | None = None, **request: Any
    ) -> httpx2.Response | Any:
        """The response itself, whatever its status. A stale token is renewed first, once."""
        answer = await self._authorized(method, path, happened, request)
        refused = isinstance(answer, httpx2.Response) and answer.status_code == 401
        if refused and self.renew is not None:
            await self.renew()
            answer = await self._authorized(method, path, happened, request)
        return answer

    async def _authorized(
        self, method: str, path: str, happened: Find | None, request: Mapping[str, Any]
    ) -> httpx2.Response | Any:
        headers = dict(request.get("headers") or {})
        if self.access_token:
            headers["Authorization"] = f"Bearer {self.access_token}"
        sent = {**request, "headers": headers}
        url = self.wire.url(path)
        return await self.wire.send(method, url, happened=happened, **sent)

    async def collect(self, path: str, *, most: int = 500, **params: Any) -> list[Any]:
        """The items of a list, page after page, up to `most`."""
        items: list[Any] = []
        cursor = None
        while len(items) < most:
            page = await self.get(path, cursor=cursor, limit=100, **params)
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        return items


def _body(response: httpx2.Response) -> Any:
    if not response.content:
        return None
    if "json" in response.headers.get("content-type", ""):
        return response.json()
    return response.content


def new_key() -> str:
    """A new Idempotency-Key."""
    return uuid4().hex


def new_wire(api: str, *, address: str | None = None) -> Wire:
    """Connections with timeouts, so that no request hangs; `address` is where they come from."""
    limits = httpx2.Limits(max_connections=100, max_keepalive_connections=20)
    timeout = httpx2.Timeout(30.0, connect=5.0, pool=60.0)
    # Nothing between us and the gateway: a proxy of the machine does not apply.
    transport = httpx2.AsyncHTTPTransport(limits=limits, local_address=address, trust_env=False)
    return Wire(http=httpx2.AsyncClient(timeout=timeout, transport=transport), api=api)
