"""What a process does beside its transactions: wake the relay, tell and hear the live fan-out."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel
from pamqp.commands import Basic
from sqlalchemy.ext.asyncio import AsyncEngine

from servicekit.ids import uuid7
from servicekit.messaging.broker import LIVE, Link, Supervisor
from servicekit.messaging.wake import RelayWaker
from servicekit.settings import ServiceSettings

Listener = Callable[[str, dict[str, Any]], None]

_KEPT = 1000

log = logging.getLogger(__name__)


class LiveHub:
    """One broker connection for `docfliq.live`, and the relay's waker.

    An async context manager: entering starts it, and never waits for the broker. While that is away
    it works on.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self._service = settings.service
        name = f"{settings.service}/{settings.instance} live"
        self._supervisor = Supervisor(settings.broker_url.get_secret_value(), name, self._serve)
        self._waker = RelayWaker(settings)
        self._listeners: dict[str, set[Listener]] = {}
        self._changed = asyncio.Event()
        # What waits while the broker is away; the oldest is lost first.
        self._outgoing: deque[tuple[str, bytes]] = deque(maxlen=_KEPT)
        self._said = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self._supervisor.connected

    def published(self) -> None:
        """Wake the relay: outbox rows were committed."""
        self._waker.published()

    def live(self, topic: str, payload: dict[str, Any]) -> None:
        """Tell every process that subscribed to `topic`, this one included. May be lost."""
        self._outgoing.append((topic, json.dumps(payload, default=str).encode()))
        self._said.set()

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        """Call `listener(topic, payload)` for each message on exactly `topic`; returns the way out.

        The listener must return at once. Messages of the time without a broker are missed.
        """
        self._listeners.setdefault(topic, set()).add(listener)
        self._changed.set()

        def unsubscribe() -> None:
            others = self._listeners.get(topic, set())
            others.discard(listener)
            if not others:
                self._listeners.pop(topic, None)
            self._changed.set()

        return unsubscribe

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(self._supervisor.run()),
            asyncio.create_task(self._waker.run()),
        ]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self.connected and self._outgoing:
            await asyncio.sleep(0.05)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, link: Link) -> None:
        channel = await link.channel(confirms=False)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send(channel))
            tasks.create_task(self._hear(channel))

    async def _send(self, channel: Channel) -> None:
        while True:
            self._said.clear()
            while self._outgoing:
                topic, body = self._outgoing.popleft()
                properties = Basic.Properties(content_type="application/json", delivery_mode=1)
                await channel.basic_publish(
                    body, exchange=LIVE, routing_key=topic, properties=properties, wait=False
                )
            await self._said.wait()

    async def _hear(self, channel: Channel) -> None:
        """Keep the queue's bindings equal to the topics that somebody listens to."""
        # A name for each connection: a dead one may hold its exclusive queue for a while.
        queue = f"{self._service}.live.{uuid7()}"
        bound: set[str] = set()
        consuming = False
        while True:
            self._changed.clear()
            wanted = set(self._listeners)
            if wanted and not consuming:
                await channel.queue_declare(queue, exclusive=True, auto_delete=True)
                await channel.basic_consume(queue, self._deliver, no_ack=True)
                consuming = True
            for topic in wanted - bound:
                await channel.queue_bind(queue, LIVE, routing_key=topic)
            for topic in bound - wanted:
                await channel.queue_unbind(queue, LIVE, routing_key=topic)
            bound = wanted
            await self._changed.wait()

    async def _deliver(self, message: DeliveredMessage) -> None:
        topic = str(message.routing_key)
        try:
            payload = json.loads(message.body)
        except ValueError:
            log.warning("a live message is not JSON", extra={"topic": topic})
            return
        for listener in list(self._listeners.get(topic, ())):
            listener(topic, payload)


def api_side(settings: ServiceSettings, _engine: AsyncEngine | None = None) -> LiveHub:
    """The broker's side of an API process."""
    return LiveHub(settings)
