"""Row 11: what the event backbone costs over the bare broker, and how late an effect is."""

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from pydantic_settings import SettingsConfigDict
from sqlalchemy import event as sa_event
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from tests.load.harness import Run, interleave, percentile, row
from typing_extensions import override

from contracts.course import EnrollmentCompleted
from servicekit.clock import now
from servicekit.database import Sessions, new_engine, new_metadata, new_sessions
from servicekit.ids import uuid7
from servicekit.messaging import LiveHub, on, on_batch, publish
from servicekit.messaging.broker import EVENTS, Link
from servicekit.messaging.consumer import Consumer, declare
from servicekit.messaging.envelope import PREFIX, headers_of
from servicekit.messaging.inbox import Inbox
from servicekit.messaging.relay import BATCH, Relay
from servicekit.messaging.subscriptions import HandlerQueue, queues_of
from servicekit.settings import ServiceSettings
from servicekit.testing.broker import new_vhost
from servicekit.testing.servers import Servers
from servicekit.worker import Worker

COUNT = 10_000
AGGREGATES = 1_000
EFFECT = text("INSERT INTO effects SELECT unnest(CAST(:ids AS uuid[]))")


class ProbeSettings(ServiceSettings):
    """The environment of the service that is measured."""

    model_config = SettingsConfigDict(env_prefix="PROBE_")

    service: ClassVar[str] = "probe-service"


class Empty(Exception):
    """The relay found nothing more to do."""


class OneShotRelay(Relay):
    """A relay that ends instead of resting, and knows when it began to carry."""

    began = 0.0

    @override
    async def _carry(self, database: Any, channel: Any) -> None:
        self.began = time.perf_counter()
        await super()._carry(database, channel)

    @override
    async def _rest(self, database: Any) -> None:
        del database
        raise Empty


@dataclass
class Counter:
    """A list handler that knows when everything came."""

    left: int = COUNT
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(self, session: AsyncSession, events: Sequence[EnrollmentCompleted]) -> None:
        """One statement for all."""
        await session.execute(EFFECT, {"ids": array(event.event_id for event in events)})
        self.count(len(events))

    def count(self, number: int) -> None:
        """So many more have come."""
        self.left -= number
        if self.left <= 0:
            self.done.set()


@dataclass
class Bench:
    """A service with a database, a vhost and one bound queue."""

    settings: ProbeSettings
    engine: AsyncEngine
    sessions: Sessions
    link: Link
    queue: HandlerQueue
    counter: Counter

    async def purge(self) -> None:
        """Nothing waits anywhere."""
        channel = await self.link.channel()
        await channel.queue_purge(self.queue.name)
        await channel.close()
        self.link.forget(channel)
        async with self.engine.begin() as connection:
            await connection.execute(text("TRUNCATE outbox, inbox, effects"))

    async def fill_outbox(self) -> None:
        """`COUNT` rows over many aggregates."""
        owners = [uuid7() for _ in range(AGGREGATES)]
        async with self.sessions.begin() as session:
            for number in range(COUNT):
                version, owner = divmod(number, AGGREGATES)
                publish(session, completion(owners[owner], version + 1))

    async def publishing_beside_an_outbox(self) -> float:
        """The relay's floor: what filling an outbox leaves to do is beside both."""
        return await self.pure_publishing(fill=True)

    async def pure_publishing(self, *, fill: bool = False) -> float:
        """The same messages, ready made, 500 confirms in flight."""
        await self.purge()
        if fill:
            await self.fill_outbox()
        messages = [
            (event.model_dump_json().encode(), {**headers_of(event), f"{PREFIX}source": "/probe"})
            for event in (completion(uuid7(), 1).stamped(uuid7(), now()) for _ in range(COUNT))
        ]
        channel = await self.link.channel()
        began = time.perf_counter()
        for start in range(0, COUNT, BATCH):
            await asyncio.gather(
                *(
                    channel.basic_publish(
                        body,
                        exchange=EVENTS,
                        routing_key="enrollment.completed",
                        properties=Basic.Properties(
                            content_type="application/json",
                            delivery_mode=2,
                            message_id=headers["cloudEvents:id"],
                            headers=headers,
                        ),
                        mandatory=True,
                        wait=False,
                    )
                    for body, headers in messages[start : start + BATCH]
                )
            )
        return await self.closed(channel, time.perf_counter() - began)

    async def relaying(self) -> float:
        """The relay, from its first read to an empty outbox."""
        await self.purge()
        await self.fill_outbox()
        relay = OneShotRelay(self.settings)
        try:
            await relay.serve(self.link)
        except Empty:
            return time.perf_counter() - relay.began
        raise AssertionError("the relay ended by itself")

    async def ack_only(self) -> float:
        """The floor: aio-pika's own consumer, which acknowledges every batch and does nothing."""
        await self.pure_publishing()
        counter, seen = Counter(), 0

        async def take(message: AbstractIncomingMessage) -> None:
            nonlocal seen
            seen += 1
            if seen % self.queue.batch == 0:
                await message.ack(multiple=True)
                counter.count(self.queue.batch)

        url = self.settings.broker_url.get_secret_value()
        async with await aio_pika.connect(url) as connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=2 * self.queue.batch)
            queue = await channel.get_queue(self.queue.name)
            began = time.perf_counter()
            await queue.consume(take)
            await counter.done.wait()
            return time.perf_counter() - began

    async def bare_ack_only(self) -> float:
        """The same on the channel below aio-pika, which our consumer uses too."""
        await self.pure_publishing()
        channel = await self.link.channel(prefetch=2 * self.queue.batch)
        counter, seen = Counter(), 0

        async def take(message: DeliveredMessage) -> None:
            nonlocal seen
            seen += 1
            if seen % self.queue.batch == 0 and message.delivery_tag is not None:
                await channel.basic_ack(message.delivery_tag, multiple=True, wait=False)
                counter.count(self.queue.batch)

        began = time.perf_counter()
        await channel.basic_consume(self.queue.name, take)
        await counter.done.wait()
        return await self.closed(channel, time.perf_counter() - began)

    async def consuming(self) -> float:
        """Inbox, list handler, one multiple ack for each batch."""
        await self.pure_publishing()
        self.counter.left = COUNT
        self.counter.done.clear()
        inbox = Inbox(self.queue, self.sessions, (1.0,))
        consumer = Consumer(inbox, asyncio.Semaphore(5))
        began = time.perf_counter()
        serving = asyncio.create_task(consumer.serve(self.link))
        await self.counter.done.wait()
        took = time.perf_counter() - began
        consumer.stop()
        await serving
        return took

    async def closed(self, channel: Any, took: float) -> float:
        """Put the channel away."""
        self.link.forget(channel)
        await channel.close()
        return took


def array(ids: Iterable[UUID]) -> str:
    """PostgreSQL's own form: psycopg's takes 5 µs an element."""
    return "{" + ",".join(map(str, ids)) + "}"


def completion(owner: UUID, version: int) -> EnrollmentCompleted:
    """An event of ordinary size."""
    return EnrollmentCompleted(
        version=version,
        enrollment_id=owner,
        course_id=uuid7(),
        course_title="Reading the ECG: from rhythm to infarction",
        user_id=uuid7(),
        completed_at=now(),
        score_pct=87,
    )


@asynccontextmanager
async def prepared(servers: Servers) -> AsyncIterator[Bench]:
    """A database and a vhost of our own."""
    name = f"bench-{os.getpid()}"
    database = servers.create_database(name)
    with new_vhost(servers.management, servers.broker, name) as vhost:
        settings = ProbeSettings(
            _env_file=None,
            database_url=database,
            broker_url=vhost.url,
            DOCFLIQ_STORAGE_SIGNING_KEY="unused",
        )
        engine = new_engine(settings)
        async with engine.begin() as connection:
            await connection.run_sync(new_metadata().create_all)
            await connection.execute(text("CREATE TABLE effects (event_id uuid)"))
        counter = Counter()
        [queue] = queues_of(settings.service, [on_batch(EnrollmentCompleted, counter.keep)])
        async with await aio_pika.connect(vhost.url) as connection:
            assert connection.transport is not None
            link = Link(connection.transport.connection)
            await declare(await link.channel(), queue)
            sessions = new_sessions(engine, settings=settings)
            yield Bench(settings, engine, sessions, link, queue, counter)
        await engine.dispose()
    servers.drop_database(name)


async def latencies(bench: Bench, *, per_second: int = 50, seconds: int = 10) -> list[float]:
    """From the publishing commit to the commit of the effect, in ms, at a steady rate."""
    committed: dict[UUID, float] = {}
    effective: dict[UUID, float] = {}

    async def keep(session: AsyncSession, event: EnrollmentCompleted) -> None:
        await session.execute(EFFECT, {"ids": array([event.event_id])})

        def mark(_: Any) -> None:
            effective[event.event_id] = time.perf_counter()

        sa_event.listen(session.sync_session, "after_commit", mark, once=True)

    await bench.purge()
    engine = new_engine(bench.settings)
    worker = Worker(bench.settings, engine, [on(EnrollmentCompleted, keep)])
    async with worker.context.hub, LiveHub(bench.settings) as api:
        sessions = new_sessions(bench.engine, engine_side=api)
        working = asyncio.create_task(worker.run([]))
        await asyncio.sleep(1.5)
        began = time.perf_counter()
        for number in range(per_second * seconds):
            event = completion(uuid7(), 1)
            async with sessions.begin() as session:
                publish(session, event)
            committed[event.event_id] = time.perf_counter()
            await asyncio.sleep(max(0, began + (number + 1) / per_second - time.perf_counter()))
        await asyncio.sleep(1)
        worker.stop.set()
        await working
    await engine.dispose()
    return [(effective[one] - when) * 1000 for one, when in committed.items()]


def cost(used: dict[str, float]) -> str:
    """CPU µs for each event by process group."""
    return ", ".join(f"{group} {seconds / COUNT * 1e6:.0f}" for group, seconds in used.items())


async def measure(servers: Servers, pids: dict[str, int]) -> bool:
    """Print row 11. Returns whether every goal was reached."""
    gc.collect()
    gc.freeze()  # as a worker does
    os.sync()  # what other rows left to be written would make these commits wait
    groups = {"ours": os.getpid(), "broker": pids["rabbitmq"], "database": pids["postgres"]}
    async with prepared(servers) as bench:
        late = await latencies(bench)
        relay: dict[str, Run] = {"floor": bench.publishing_beside_an_outbox, "ours": bench.relaying}
        consumer: dict[str, Run] = {
            "floor": bench.ack_only,
            "bare channel": bench.bare_ack_only,
            "ours": bench.consuming,
        }
        pairs = {
            "relay over pure publishing": (relay, 0.85),
            "list handler over ack-only": (consumer, 0.80),
        }
        good = []
        for what, (variants, goal) in pairs.items():
            found = await interleave(variants, groups)
            ratio = found.ratios["ours"]
            rate = COUNT / found.seconds["ours"]
            good.append(ratio >= goal)
            row(11, what, f"{ratio:.2f} ({rate:.0f}/s)", f"≥ {goal:.2f}", reached=good[-1])
            print(f"     CPU µs an event, filling included: {cost(found.cpu['ours'])}")
            if "bare channel" in variants:
                bare = ratio / found.ratios["bare channel"]
                print(f"     over the channel below aio-pika: {bare:.2f}")
    p50, p99 = percentile(late, 0.50), percentile(late, 0.99)
    good.append(p50 <= 10 and p99 <= 50)
    figure = f"p50 {p50:.1f}, p99 {p99:.1f} ms"
    row(11, "commit to effect at 50 events/s", figure, "≤ 10, ≤ 50", reached=good[-1])
    return all(good)
