"""Listening to Server-Sent Events (WHATWG HTML §9.2), reconnecting where the stream broke off."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2

from demo.checking import hold
from demo.people import Person

FROM_THE_BEGINNING = "00000000-0000-0000-0000-000000000000"


@dataclass
class Listener:
    """An open app: everything that the notification stream says, as it says it."""

    person: Person
    heard: list[dict[str, Any]] = field(default_factory=list)
    streams: int = 0
    _last_id: str = FROM_THE_BEGINNING
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the stream; what happens from now on is heard."""
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Close the app."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def of_type(self, name: str) -> list[dict[str, Any]]:
        """What was heard under one event name."""
        return [one for one in self.heard if one["type"] == name]

    async def _listen(self) -> None:
        while True:
            with suppress(httpx2.TransportError, AssertionError):
                await self._follow()
            await asyncio.sleep(0.3)

    async def _follow(self) -> None:
        ticket = await self.person.api.post("/auth/tickets", {})
        headers = {"Accept": "text/event-stream", "Last-Event-ID": self._last_id}
        url = self.person.wire.url(f"/notifications/stream?ticket={ticket['ticket']}")
        timeout = httpx2.Timeout(5.0, read=60.0)
        http = self.person.wire.http
        async with http.stream("GET", url, timeout=timeout, headers=headers) as stream:
            if stream.status_code != 200:
                return
            self.streams += 1
            event: dict[str, str] = {}
            async for line in stream.aiter_lines():
                event = self._take(line, event)

    def _take(self, line: str, event: dict[str, str]) -> dict[str, str]:
        """One line of the stream; an empty one ends an event."""
        if line:
            name, _, value = line.partition(":")
            return {**event, name: value.removeprefix(" ")}
        if "data" in event:
            self._last_id = event.get("id") or self._last_id
            frame = json.loads(event["data"])
            hold(frame["type"] == event.get("event"), event)
            self.heard.append(frame)
        return {}
