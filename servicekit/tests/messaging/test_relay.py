"""From the outbox to the broker."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import uuid4

import pytest
from aiormq.abc import DeliveredMessage
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from contracts.course import EnrollmentCompleted
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging.broker import DEAD, EVENTS, UNROUTED, Link
from servicekit.messaging.outbox import post
from servicekit.messaging.relay import NEXT, Relay
from servicekit.settings import ServiceSettings
from servicekit.testing.broker import Vhost
from servicekit.testing.waiting import eventually
from servicekit.worker import Worker

MakeCompletion = Callable[..., EnrollmentCompleted]
Rows = Callable[[str], list[tuple[Any, ...]]]
Announce = Callable[..., Awaitable[None]]
RunWorker = Callable[..., AbstractAsyncContextManager[Worker]]
Heard = list[DeliveredMessage]

BAD_CC = (
    """UPDATE outbox SET headers = headers || '{"CC": "no list"}' WHERE seq = 2 RETURNING seq"""
)
LONG_KEY = "UPDATE outbox SET type = repeat('x', 300) WHERE seq = 2 RETURNING seq"


@pytest.fixture
async def heard(broker: Link) -> Heard:
    """Everything that `docfliq.events` carries during this test."""
    messages: Heard = []
    channel = await broker.channel()
    await channel.queue_declare("ear", exclusive=True)
    await channel.queue_bind("ear", EVENTS, routing_key="#")

    async def hear(message: DeliveredMessage) -> None:
        messages.append(message)

    await channel.basic_consume("ear", hear, no_ack=True)
    return messages


async def outbox_is_empty(rows: Rows) -> None:
    """Wait until everything left."""

    async def empty() -> bool:
        return rows("SELECT count(*) FROM outbox WHERE parked_at IS NULL") == [(0,)]

    await eventually(empty)


async def test_an_event_travels_as_a_persistent_cloudevent(
    worker: RunWorker,
    announce: Announce,
    make_completion: MakeCompletion,
    heard: Heard,
    rows: Rows,
) -> None:
    said = make_completion(version=3)
    with trace.use_span(TracerProvider().get_tracer("test").start_span("request")) as span:
        await announce(said)
        trace_id = f"{span.get_span_context().trace_id:032x}"
    async with worker():
        await outbox_is_empty(rows)
        await eventually(lambda: asyncio.sleep(0, heard))

    [message] = heard
    properties = message.header.properties
    headers = dict(properties.headers or {})
    assert trace_id in str(headers.pop("traceparent"))
    assert headers == {
        "cloudEvents:specversion": "1.0",
        "cloudEvents:id": str(said.event_id),
        "cloudEvents:type": "enrollment.completed",
        "cloudEvents:source": "/probe-service",
        "cloudEvents:subject": f"enrollment/{said.enrollment_id}",
        "cloudEvents:time": said.happened_at.isoformat(),
        "cloudEvents:dataschema": "https://docfliq.com/schemas/enrollment.completed/v1",
        "cloudEvents:sequence": "00000000000000000003",
    }
    assert message.routing_key == "enrollment.completed"
    assert (properties.delivery_mode, properties.content_type) == (2, "application/json")
    assert properties.message_id == str(said.event_id)
    read = EnrollmentCompleted.model_validate_json(message.body)
    assert read.model_dump() == said.model_dump()


async def test_two_relays_keep_the_order_of_every_aggregate(
    worker: RunWorker,
    announce: Announce,
    make_completion: MakeCompletion,
    heard: Heard,
    rows: Rows,
) -> None:
    aggregates = [uuid7() for _ in range(20)]
    async with worker(), worker():
        for version in range(1, 21):
            await announce(*(make_completion(one, version) for one in aggregates))
        await outbox_is_empty(rows)

    versions: dict[str, list[int]] = {}
    for message in heard:
        event = EnrollmentCompleted.model_validate_json(message.body)
        versions.setdefault(event.subject, []).append(event.version)
    assert len(versions) == 20
    assert all(order == list(range(1, 21)) for order in versions.values())


async def test_a_row_whose_queue_is_gone_is_parked_after_three_attempts_and_others_pass(
    worker: RunWorker,
    sessions: Sessions,
    announce: Announce,
    make_completion: MakeCompletion,
    heard: Heard,
    rows: Rows,
) -> None:
    async with sessions.begin() as session:
        post(session, target="nowhere", headers={}, body=b"{}", message_id=uuid4())
    await announce(make_completion())
    async with worker():
        await outbox_is_empty(rows)

    [(attempts, error)] = rows("SELECT attempts, last_error FROM outbox")
    assert attempts == 3
    assert "PublishError" in error
    assert len(heard) == 1


@pytest.mark.parametrize(
    "breaking",
    [
        # RabbitMQ answers a malformed CC by closing the channel, as it does a body above its limit.
        pytest.param(BAD_CC, id="closes the channel"),
        pytest.param(LONG_KEY, id="cannot be sent at all"),
    ],
)
async def test_a_row_that_breaks_the_channel_is_found_and_parked_and_others_pass(
    worker: RunWorker,
    announce: Announce,
    make_completion: MakeCompletion,
    heard: Heard,
    rows: Rows,
    breaking: str,
) -> None:
    events = [make_completion() for _ in range(3)]
    await announce(*events)
    assert rows(breaking) == [(2,)]
    async with worker():
        await outbox_is_empty(rows)

    assert rows("SELECT seq, attempts FROM outbox") == [(2, 3)]
    assert {message.header.properties.message_id for message in heard} == {
        str(events[0].event_id),
        str(events[2].event_id),
    }


async def test_an_event_nobody_listens_to_is_kept_where_it_is_seen(
    worker: RunWorker, announce: Announce, make_completion: MakeCompletion, broker: Link, rows: Rows
) -> None:
    said = make_completion()
    await announce(said)
    async with worker():
        await outbox_is_empty(rows)

    channel = await broker.channel()
    message = await channel.basic_get(UNROUTED, no_ack=True)
    assert message.header.properties.message_id == str(said.event_id)


async def test_raw_bytes_reach_the_dead_queue_unchanged(
    worker: RunWorker, sessions: Sessions, broker: Link, rows: Rows, vhost: Vhost
) -> None:
    bodies = [b"\xff\x00 not text", b"nul \x00", "snowman ☃".encode()]
    async with sessions.begin() as session:
        for body in bodies:
            post(session, target=DEAD, headers={"x-queue": "q"}, body=body, message_id=uuid4())
    async with worker():
        await outbox_is_empty(rows)

    channel = await broker.channel()
    got = [await channel.basic_get(DEAD, no_ack=True) for _ in bodies]
    assert sorted(bytes(message.body) for message in got) == sorted(bodies)
    queues = [dict(message.header.properties.headers or {}).get("x-queue") for message in got]
    assert queues == ["q", "q", "q"]


async def test_a_long_outbox_is_walked_along_its_index(
    settings: ServiceSettings, announce: Announce, make_completion: MakeCompletion
) -> None:
    await announce(*(make_completion() for _ in range(50)))

    async with await Relay(settings)._connect() as database:
        await database.execute("ANALYZE outbox")  # so few rows that reading all looks cheap
        plan = await database.execute(f"EXPLAIN {NEXT}".encode(), {"confirmed": "{}", "busy": "{}"})
        steps = "\n".join(step for (step,) in await plan.fetchall())

    assert "Index Scan using pk_outbox" in steps
    assert "Sort" not in steps
