"""The dead-letter desk: raw messages in, each once; replays out, through its own outbox."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.ids import uuid7
from servicekit.messaging.broker import DEAD, UNROUTED, Link
from servicekit.messaging.envelope import Headers, headers_as_json
from servicekit.messaging.inbox import REPLAY, Sessions
from servicekit.messaging.outbox import post
from servicekit.messaging.subscriptions import DeadLetters, RawMessage, queue_name

_PAUSE = (0.5, 5.0)
_CLAIM = text("""
    INSERT INTO inbox (handler, event_id)
    SELECT :handler, id FROM unnest(CAST(:ids AS uuid[])) AS id
        ON CONFLICT DO NOTHING RETURNING event_id
""")

log = logging.getLogger(__name__)


def replay(session: AsyncSession, *, queue: str, body: bytes, headers: Headers) -> UUID:
    """Send a dead letter to the handler queue that gave it up, and to no other; the message id.

    The handler's inbox row went when it gave up, so the message is new to it, exactly once.
    """
    kept = {name: value for name, value in headers.items() if not name.startswith("x-")}
    message_id = uuid7()
    post(
        session,
        target=queue,
        headers={**kept, REPLAY: str(message_id)},
        body=body,
        message_id=message_id,
    )
    return message_id


class Desk:
    """Consumes `docfliq.dead` and `docfliq.unrouted`; holds what it cannot write, never rejects."""

    def __init__(self, service: str, row: DeadLetters, sessions: Sessions) -> None:
        self._name = queue_name(service, row.handler)
        self._row = row
        self._sessions = sessions
        self._stopping = False

    def stop(self) -> None:
        """Take no more; what is not acknowledged goes back."""
        self._stopping = True

    async def serve(self, link: Link) -> None:
        """Write both queues down until stopped."""
        async with asyncio.TaskGroup() as tasks:
            for source in (DEAD, UNROUTED):
                tasks.create_task(self._drain(link, source))

    async def _drain(self, link: Link, source: str) -> None:
        channel = await link.channel(prefetch=2 * self._row.batch)
        arrived: deque[DeliveredMessage] = deque()

        async def arrive(message: DeliveredMessage) -> None:
            arrived.append(message)

        tag = f"{self._name}#{uuid7()}"
        await channel.basic_consume(source, arrive, consumer_tag=tag)
        while not self._stopping:
            batch = [arrived.popleft() for _ in range(min(self._row.batch, len(arrived)))]
            if batch:
                await self._write(channel, source, batch)
            else:
                await asyncio.sleep(0.05)
        await channel.basic_cancel(tag)

    async def _write(
        self, channel: Channel, source: str, batch: Sequence[DeliveredMessage]
    ) -> None:
        messages = {_identity(message): _raw(message, source) for message in batch}
        pause = _PAUSE[0]
        while True:
            try:
                async with self._sessions.begin() as session:
                    claim = {"handler": self._name, "ids": list(messages)}
                    fresh = set((await session.execute(_CLAIM, claim)).scalars())
                    if fresh:
                        new = [raw for key, raw in messages.items() if key in fresh]
                        await self._row.handler(session, new)
            except Exception:
                log.exception("dead letters could not be written down", extra={"queue": source})
                await asyncio.sleep(pause)
                pause = min(pause * 2, _PAUSE[1])
            else:
                await channel.basic_ack(_tag(batch[-1]), multiple=True, wait=False)
                return


def _raw(message: DeliveredMessage, source: str) -> RawMessage:
    properties = message.header.properties
    headers: dict[str, Any] = dict(properties.headers or {})
    if source == UNROUTED:
        queue, cause = None, "nobody listens to this type"
    else:
        queue = headers.get("x-queue") or headers.get("x-first-death-queue")
        cause = headers.get("x-cause") or _broker_cause(headers)
    return RawMessage(
        body=bytes(message.body),
        headers=headers,
        queue=queue,
        cause=cause,
        routing_key=str(message.routing_key),
        message_id=properties.message_id,
    )


def _broker_cause(headers: Headers) -> str:
    reason = str(headers.get("x-first-death-reason", "unknown"))
    told = {
        "rejected": "no usable CloudEvents headers",
        "delivery_limit": "delivered too often without an answer",
    }
    return told.get(reason, reason)


def _identity(message: DeliveredMessage) -> UUID:
    """The same for a redelivery, another for another death of the same message."""
    properties = message.header.properties
    headers = {
        name: value
        for name, value in (properties.headers or {}).items()
        if name != "x-delivery-count"
    }
    seen = f"{properties.message_id}/{headers_as_json(dict(sorted(headers.items())))}"
    return uuid5(NAMESPACE_URL, f"{seen}/{bytes(message.body)!r}")


def _tag(message: DeliveredMessage) -> int:
    if message.delivery_tag is None:
        raise ValueError("a delivery without a tag")
    return message.delivery_tag
