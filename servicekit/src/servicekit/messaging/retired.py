"""Emptying queues that no code reads any more: their events, deferred and inbox rows move on."""

import logging
from collections.abc import Mapping, Sequence

from aiormq.channel import Channel
from aiormq.exceptions import ChannelNotFoundEntity
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.registry import EVENTS as KNOWN
from servicekit.messaging.broker import EVENTS, Link
from servicekit.messaging.envelope import Envelope, routing_key
from servicekit.messaging.errors import NotAnEvent
from servicekit.messaging.inbox import Inbox
from servicekit.messaging.subscriptions import Retired, queue_name

_RENAME_INBOX = text("""
    INSERT INTO inbox (handler, event_id, handled_at)
    SELECT :new, event_id, handled_at FROM inbox WHERE handler = :old ON CONFLICT DO NOTHING
""")
_RENAME_DEFERRED = text("UPDATE deferred SET handler = :new WHERE handler = :old")
_DROP = (
    text("DELETE FROM inbox WHERE handler = :old"),
    text("DELETE FROM deferred WHERE handler = :old"),
)

log = logging.getLogger(__name__)


async def drain_retired(
    link: Link, retired: Sequence[Retired], inboxes: Mapping[str, Inbox], service: str
) -> None:
    """Unbind each retired queue, give what it holds to its successor, rename its rows, delete it.

    Without a successor what it holds is dropped. A queue that is already gone costs one question.
    """
    for one in retired:
        channel = await link.channel(prefetch=1)
        try:
            await channel.queue_declare(one.queue, passive=True)
        except ChannelNotFoundEntity:
            link.forget(channel)
            continue
        successor = None if one.successor is None else inboxes[queue_name(service, one.successor)]
        await _retire(channel, one.queue, successor, inboxes)


async def _retire(
    channel: Channel, queue: str, successor: Inbox | None, inboxes: Mapping[str, Inbox]
) -> None:
    for event in KNOWN.values():
        await channel.queue_unbind(queue, EVENTS, routing_key=routing_key(event))
    any_inbox = successor or next(iter(inboxes.values()), None)
    if any_inbox is not None:
        async with any_inbox.sessions.begin() as session:
            await _move_rows(session, queue, successor)
    if successor is not None:
        await _hand_over(channel, queue, successor)
    # Quorum queues know no if-unused. What an old process still reads is left to the next start.
    left = await channel.queue_declare(queue, passive=True)
    if left.consumer_count:
        log.warning("a retired queue is still in use", extra={"queue": queue})
        return
    await channel.queue_delete(queue)
    log.info("a retired queue is gone", extra={"queue": queue})


async def _move_rows(session: AsyncSession, queue: str, successor: Inbox | None) -> None:
    if successor is not None:
        names = {"new": successor.queue.name, "old": queue}
        await session.execute(_RENAME_INBOX, names)
        await session.execute(_RENAME_DEFERRED, names)
    for statement in _DROP:
        await session.execute(statement, {"old": queue})


async def _hand_over(channel: Channel, queue: str, successor: Inbox) -> None:
    while True:
        message = await channel.basic_get(queue)
        if message.delivery_tag is None:
            return
        headers = dict(message.header.properties.headers or {})
        try:
            await successor.take([Envelope.read(headers, bytes(message.body))])
        except NotAnEvent:
            await channel.basic_reject(message.delivery_tag, requeue=False)
        else:
            await channel.basic_ack(message.delivery_tag)
