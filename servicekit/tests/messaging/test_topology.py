"""The definitions as the broker takes them, and the least rights they give."""

from urllib.parse import urlsplit, urlunsplit

import aio_pika
import pytest
from aio_pika.exceptions import ChannelClosed
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import EnrollmentCompleted
from servicekit.ids import uuid7
from servicekit.messaging import on
from servicekit.messaging.broker import EVENTS, Link
from servicekit.messaging.consumer import declare, queue_arguments
from servicekit.messaging.subscriptions import HandlerQueue, queues_of
from servicekit.testing.broker import Vhost
from servicekit.testing.servers import Servers
from servicekit.topology import SERVICES, definitions


async def _nothing(*_: object) -> None:
    """A handler for its queue's sake."""


def test_the_broker_takes_the_platforms_objects_as_they_stand(vhost: Vhost) -> None:
    queues = vhost.queues()
    assert set(queues) == {"docfliq.dead", "docfliq.unrouted"}
    assert {queue["type"] for queue in queues.values()} == {"quorum"}


def test_every_service_has_a_user_and_no_password_stands_in_the_code() -> None:
    users = definitions()["users"]
    assert {user["name"] for user in users} == set(SERVICES)
    assert all(set(user) == {"name", "tags"} for user in users)


async def test_the_broker_takes_every_handlers_queue_before_its_service_ever_started(
    vhost: Vhost, broker: Link
) -> None:
    async def note(session: AsyncSession, event: EnrollmentCompleted) -> None:
        """A handler for its queue's sake."""

    subscriptions = [on(EnrollmentCompleted, note, order="aggregate")]
    [queue] = queues_of("probe-service", subscriptions)
    wanted = definitions([queue])
    objects = {kind: wanted[kind] for kind in ("queues", "bindings")}
    for one in (one for kind in objects.values() for one in kind):
        one.pop("vhost")
    vhost.call("POST", f"/definitions/{vhost.name}", objects)

    await declare(await broker.channel(), queue)  # the worker's own declaration agrees
    [binding] = [
        one for one in vhost.call("GET", f"/bindings/{vhost.name}") if one["source"] == EVENTS
    ]
    assert (binding["destination"], binding["routing_key"]) == (queue.name, "enrollment.completed")


@pytest.mark.parametrize(
    ("queue", "allowed"),
    [("course-service.certificates.issue", True), ("auth-service.people.copy", False)],
)
async def test_a_service_declares_only_what_begins_with_its_own_name(
    servers: Servers, vhost: Vhost, queue: str, *, allowed: bool
) -> None:
    user = f"u{uuid7().hex}"
    rights = next(one for one in definitions()["permissions"] if one["user"] == "course-service")
    vhost.call("PUT", f"/users/{user}", {"password": "p", "tags": ""})
    vhost.call("PUT", f"/permissions/{vhost.name}/{user}", rights)
    try:
        split = urlsplit(vhost.url)
        own = urlunsplit(split._replace(netloc=f"{user}:p@{split.hostname}:{split.port}"))
        async with await aio_pika.connect(own) as connection:
            channel = await connection.channel()
            one = HandlerQueue(queue, _nothing, "any", 1, many=False, linger_secs=0, events={})
            if allowed:
                made = await channel.declare_queue(
                    queue, durable=True, arguments=queue_arguments(one)
                )
                await made.bind("docfliq.events", "user.registered")
            else:
                with pytest.raises(ChannelClosed):
                    await channel.declare_queue(queue, durable=True)
    finally:
        vhost.call("DELETE", f"/users/{user}")
