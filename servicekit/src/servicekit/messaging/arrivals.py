"""Consuming without a task for each message, which would cost a seventh of reading it."""

from collections.abc import Callable
from typing import Any

from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel


class _Arrived:
    """Stands where aiormq expects the task of a consumer: it has ended already."""

    def add_done_callback(self, _: Any) -> None:
        """There is no error to look for."""


_ARRIVED: Any = _Arrived()


async def consume_at_once(
    channel: Channel,
    queue: str,
    arrive: Callable[[DeliveredMessage], None],
    *,
    consumer_tag: str,
) -> None:
    """`basic_consume` with a plain function, called as soon as a message was read, in order.

    aiormq gives what its consumer returns to the channel's `create_task`; this one's answer says
    that nothing is left to run. `arrive` must not raise: that would end the channel.
    """
    create_task = channel.create_task

    def unless_arrived(work: Any) -> Any:
        return work if work is _ARRIVED else create_task(work)

    def take(message: DeliveredMessage) -> Any:
        arrive(message)
        return _ARRIVED

    channel.create_task = unless_arrived  # type: ignore[method-assign,assignment]  # aiormq makes it
    await channel.basic_consume(queue, take, consumer_tag=consumer_tag)
