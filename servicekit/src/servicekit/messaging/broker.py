"""One plain connection and its supervision: any error closes everything and starts afresh."""

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aio_pika
from aiormq.abc import AbstractConnection
from aiormq.channel import Channel
from yarl import URL

EVENTS = "docfliq.events"
DEAD = "docfliq.dead"
UNROUTED = "docfliq.unrouted"
LIVE = "docfliq.live"

_END = 2.0
_WATCH = 0.2
_BACKOFF = (0.1, 2.0)
# A broker that was just started elects its queues' leaders within half a second. On RabbitMQ 3.10 a
# declare or publish that comes before stops the election for good (rabbitmq-server issue 10070).
_SETTLE = 1.5

log = logging.getLogger(__name__)
# What it reports as an error, with a traceback, the supervisor says in one line.
logging.getLogger("aiormq.connection").setLevel(logging.CRITICAL)


class Lost(Exception):
    """The connection, a channel or a consumer is gone."""


class Link:
    """A live connection with the channels opened on it, all watched."""

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection = connection
        self._channels: list[Channel] = []
        self._cancelled = False

    async def channel(self, *, prefetch: int = 0, confirms: bool = True) -> Channel:
        """A new channel; with publisher confirms a returned message raises."""
        channel = await self._connection.channel(publisher_confirms=confirms, on_return_raises=True)
        if not isinstance(channel, Channel):
            raise TypeError("aiormq made a channel of another kind")
        channel.on_consumer_cancel_callbacks.add(self._consumer_cancelled)
        if prefetch:
            await channel.basic_qos(prefetch_count=prefetch)
        self._channels.append(channel)
        return channel

    def forget(self, channel: Channel) -> None:
        """Watch a channel no longer, because its end is expected."""
        self._channels.remove(channel)

    def _consumer_cancelled(self, _: Any) -> None:
        self._cancelled = True

    @property
    def lost(self) -> str | None:
        """What is gone, or None."""
        if self._connection.is_closed:
            return "connection"
        if any(channel.is_closed for channel in self._channels):
            return "channel"
        return "consumer" if self._cancelled else None


Serve = Callable[[Link], Awaitable[None]]


class Supervisor:
    """Keeps `serve` running on a connection: reconnects after 0.1 to 2 s, for ever."""

    def __init__(self, url: str, name: str, serve: Serve) -> None:
        self._url = URL(url).update_query(heartbeat="10")
        self._name = name
        self._serve = serve
        self.connected = False

    async def run(self) -> None:
        """Serve until `serve` returns by itself or this is cancelled."""
        pause, lost = _BACKOFF[0], False
        while True:
            try:
                async with self._open() as link:
                    if lost:
                        await asyncio.sleep(_SETTLE)
                    pause = _BACKOFF[0]
                    await self._watched(link)
                    return
            except Exception as error:  # noqa: BLE001  (whatever it was, start afresh)
                _obey()
                log.warning(
                    "broker connection starts afresh",
                    extra={"connection": self._name, "cause": f"{type(error).__name__}: {error}"},
                )
            lost = True
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  (jitter, no secret)
            pause = min(pause * 2, _BACKOFF[1])

    @contextlib.asynccontextmanager
    async def _open(self) -> AsyncIterator[Link]:
        connection = aio_pika.Connection(
            self._url, client_properties={"connection_name": self._name}
        )
        # Closed however far it came: aio-pika complains of one that is collected unclosed.
        try:
            await _connect(connection)
            if connection.transport is None:
                raise Lost("connection")
            self.connected = True
            yield Link(connection.transport.connection)
        finally:
            self.connected = False
            with contextlib.suppress(Exception):
                async with asyncio.timeout(2):
                    await connection.close()

    async def _watched(self, link: Link) -> None:
        serving = asyncio.ensure_future(self._serve(link))
        try:
            while not serving.done():
                await asyncio.wait({serving}, timeout=_WATCH)
                _obey()
                if not serving.done() and link.lost:
                    raise Lost(link.lost)
            await serving
        finally:
            serving.cancel()
            # What swallows its cancellation is left behind: closing the connection ends it.
            ended, _ = await asyncio.wait({serving}, timeout=_END)
            if ended and not serving.cancelled():
                serving.exception()


async def _connect(connection: aio_pika.Connection) -> None:
    """Connect within five seconds, to the end even if cancelled: aiormq leaks a half-open one."""
    connecting = asyncio.ensure_future(connection.connect(timeout=5))
    try:
        await asyncio.shield(connecting)
    except asyncio.CancelledError:
        await asyncio.wait({connecting})
        if not connecting.cancelled():
            connecting.exception()
        raise


def _obey() -> None:
    """Raise a cancellation that something below swallowed.

    aiormq answers one that comes while it opens a channel with an error of its own, and before
    Python 3.12 `wait_for`, by which it connects, may lose one altogether.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
