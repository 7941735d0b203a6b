"""A load generator that costs little: kept connections, requests made beforehand, no parsing."""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from typing_extensions import override

CONNECTIONS = 16
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


@dataclass(frozen=True)
class Door:
    """Where requests go, and what is expected of each answer."""

    host: str
    port: int
    status: int

    async def send(self, requests: Sequence[bytes]) -> float:
        """Send all, each connection one at a time; the seconds until the last answer.

        Raises UnexpectedAnswer for any other status.
        """
        loop = asyncio.get_running_loop()
        lines = []
        for number in range(CONNECTIONS):
            own = list(reversed(requests[number::CONNECTIONS]))
            _, line = await loop.create_connection(
                partial(_Line, own, self.status), self.host, self.port
            )
            lines.append(line)
        began = time.perf_counter()
        for line in lines:
            line.next()
        try:
            await asyncio.gather(*(line.done for line in lines))
            return time.perf_counter() - began
        finally:
            for line in lines:
                line.close()


class UnexpectedAnswer(Exception):
    """The server said something else than what is measured."""


class _Line(asyncio.Protocol):
    """One connection: the next request leaves when the answer to the last is complete."""

    def __init__(self, requests: list[bytes], status: int) -> None:
        self._requests, self._prefix = requests, f"HTTP/1.1 {status} ".encode()
        self._got = bytearray()
        self._needed = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._needed:
            self._read_head()
        if self._needed and len(self._got) >= self._needed:
            self._got.clear()
            self._needed = 0
            self.next()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or UnexpectedAnswer("the connection was closed"))

    def next(self) -> None:
        """Send the next request, or end."""
        if self._requests:
            self._transport.write(self._requests.pop())
            return
        self.done.set_result(None)
        self.close()

    def close(self) -> None:
        """Send nothing more."""
        self._requests.clear()
        self._transport.close()

    def _read_head(self) -> None:
        end = self._got.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._got, 0, end + 2)
        if length is None or not self._got.startswith(self._prefix):
            if not self.done.done():
                self.done.set_exception(UnexpectedAnswer(self._got[:2000].decode("latin-1")))
            self._transport.close()
            return
        self._needed = end + 4 + int(length[1])


def request(method: str, path: str, *, host: str, token: str = "", body: bytes = b"") -> bytes:
    """One HTTP/1.1 request as it goes over the wire."""
    head = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    if token:
        head.append(f"Authorization: Bearer {token}")
    if body:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body
