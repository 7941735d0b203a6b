"""The broker's side of one handler: its queue, its prefetch, its batches, one multiple ack."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel
from aiormq.exceptions import ChannelPreconditionFailed

from servicekit.ids import uuid7
from servicekit.messaging.arrivals import consume_at_once
from servicekit.messaging.broker import DEAD, EVENTS, Link
from servicekit.messaging.envelope import Envelope, Headers
from servicekit.messaging.errors import DatabaseAway, NotAnEvent
from servicekit.messaging.inbox import Inbox
from servicekit.messaging.subscriptions import LINGER_SECS, HandlerQueue

DELIVERY_LIMIT = 20
_SUSPICIOUS = 3
_PAUSE = (0.1, 2.0)

log = logging.getLogger(__name__)


def queue_arguments(queue: HandlerQueue) -> dict[str, Any]:
    """The arguments of a handler's queue; they can never change under one name."""
    arguments: dict[str, Any] = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    if queue.ordered:
        arguments["x-single-active-consumer"] = True
    return arguments


async def declare(channel: Channel, queue: HandlerQueue) -> None:
    """Declare the queue of a handler and bind exactly what it reads."""
    await channel.queue_declare(queue.name, durable=True, arguments=queue_arguments(queue))
    for key in queue.binding_keys:
        await channel.queue_bind(queue.name, EVENTS, routing_key=key)


class _Lanes:
    """Batches in work at the same time: while one is in the database, the next is read and parsed.

    Acknowledged in the order of their arrival, because one ack stands for everything before it.
    """

    def __init__(self, tasks: asyncio.TaskGroup, count: int) -> None:
        self._tasks = tasks
        self._free = asyncio.Semaphore(count)
        self._latest: asyncio.Task[None] | None = None

    async def start(self, settle: Callable[[], Awaitable[int | None]], channel: Channel) -> None:
        """Settle a batch as soon as a lane is free."""
        await self._free.acquire()
        self._latest = self._tasks.create_task(self._run(settle, channel, self._latest))

    async def _run(
        self,
        settle: Callable[[], Awaitable[int | None]],
        channel: Channel,
        before: "asyncio.Task[None] | None",
    ) -> None:
        try:
            tag = await settle()
            if before is not None:
                await before
            if tag is not None:
                await channel.basic_ack(tag, multiple=True, wait=False)
        finally:
            self._free.release()


class Consumer:
    """Feeds one handler from its queue."""

    def __init__(self, inbox: Inbox, slots: asyncio.Semaphore) -> None:
        self._inbox = inbox
        self._queue = inbox.queue
        self._slots = slots
        self._arrived: deque[DeliveredMessage] = deque()
        self._stirred = asyncio.Event()
        self._stopping = False

    def stop(self) -> None:
        """Take no more; what an ordered handler has not begun goes back, others finish theirs."""
        self._stopping = True
        self._stirred.set()

    async def serve(self, link: Link) -> None:
        """Declare, consume and settle until stopped."""
        self._arrived = deque()
        channel = await link.channel(prefetch=2 * self._queue.batch)
        try:
            await declare(channel, self._queue)
        except ChannelPreconditionFailed:
            # Other arguments under this name: only this handler stands still, others go on.
            log.exception("a handler's queue cannot change", extra={"handler": self._queue.name})
            link.forget(channel)
            return
        consumer_tag = f"{self._queue.name}#{uuid7()}"
        await consume_at_once(channel, self._queue.name, self._arrive, tag=consumer_tag)
        async with asyncio.TaskGroup() as tasks:
            lanes = _Lanes(tasks, 2 if self._queue.many and not self._queue.ordered else 1)
            while batch := await self._next_batch():
                await lanes.start(partial(self._settle, channel, batch), channel)
            await channel.basic_cancel(consumer_tag)
            while self._arrived and not self._queue.ordered:
                await lanes.start(partial(self._settle, channel, self._take()), channel)

    def _arrive(self, message: DeliveredMessage) -> None:
        self._arrived.append(message)
        self._stirred.set()

    async def _next_batch(self) -> list[DeliveredMessage]:
        """What has arrived, at most a batch; waits for the first. Empty when stopping."""
        while not self._arrived and not self._stopping:
            self._stirred.clear()
            await self._stirred.wait()
        seen, linger = 0, self._queue.linger_secs
        # A list handler writes once for all: while more keep coming, it waits for them.
        while self._queue.many and seen < len(self._arrived) < self._queue.batch:
            seen = len(self._arrived)
            await asyncio.sleep(linger)
            linger = LINGER_SECS
        return [] if self._stopping else self._take()

    def _take(self) -> list[DeliveredMessage]:
        count = min(self._queue.batch, len(self._arrived))
        return [self._arrived.popleft() for _ in range(count)]

    async def _settle(self, channel: Channel, batch: Sequence[DeliveredMessage]) -> int | None:
        """Record what becomes of each, in order; returns the tag up to which to acknowledge."""
        readable: list[tuple[Envelope, bool]] = []
        last = None
        for message in batch:
            headers: Headers = dict(message.header.properties.headers or {})
            try:
                envelope = Envelope.read(headers, bytes(message.body))
            except NotAnEvent:
                log.exception("not an event", extra={"handler": self._queue.name})
                await channel.basic_reject(_tag(message), requeue=False)
            else:
                suspicious = _deliveries(headers) >= _SUSPICIOUS
                readable.append((envelope, suspicious))
                last = _tag(message)
        for suspicious, run in groupby(readable, key=lambda one: one[1]):
            await self._record([envelope for envelope, _ in run], suspicious=suspicious)
        return last

    async def _record(self, envelopes: Sequence[Envelope], *, suspicious: bool) -> None:
        """Repeat until the database took it: while that is away, nobody's attempt counts."""
        pause = _PAUSE[0]
        while True:
            try:
                async with self._slots:
                    if suspicious:
                        for envelope in envelopes:
                            await self._inbox.put_off(envelope)
                    else:
                        await self._inbox.take(envelopes)
            except DatabaseAway as error:
                log.warning(
                    "handler pauses: database away",
                    extra={"handler": self._queue.name, "cause": str(error)},
                )
                await asyncio.sleep(pause)
                pause = min(pause * 2, _PAUSE[1])
            else:
                return


def _deliveries(headers: Headers) -> int:
    count = headers.get("x-delivery-count")
    return count if isinstance(count, int) else 0


def _tag(message: DeliveredMessage) -> int:
    tag = message.delivery_tag
    if tag is None:
        raise NotAnEvent("a delivery without a tag")
    return tag
