"""Consuming without a task for each message, which would cost a seventh of reading it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel

Arrive = Callable[[DeliveredMessage], None]


class _Arrived:
    """Stands where aiormq expects the task of a consumer: it has ended already."""

    def add_done_callback(self, _: Any) -> None:
        """There is no error to look for."""


async def consume_at_once(channel: Channel, queue: str, arrive: Arrive, *, tag: str) -> None:
    """`basic_consume` with a plain function, called as soon as a message was read, in order.

    aiormq gives the coroutine of its consumer to the channel's `create_task`; this one's is run
    there and then, because it waits for nothing. `arrive` must not raise: that ends the channel.
    """
    create_task, arrived = channel.create_task, _Arrived()

    async def take(message: DeliveredMessage) -> None:
        arrive(message)

    def at_once(work: Any) -> Any:
        if getattr(work, "cr_code", None) is not take.__code__:
            return create_task(work)
        with suppress(StopIteration):
            work.send(None)
        return arrived

    channel.create_task = at_once  # type: ignore[method-assign,assignment]  # not ours
    await channel.basic_consume(queue, take, consumer_tag=tag)
