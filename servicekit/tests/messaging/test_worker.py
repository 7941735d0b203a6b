"""The process around the handlers: start, stop, health, schedules, retired queues, live."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx2
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import EnrollmentCompleted
from servicekit.database import Sessions, new_engine
from servicekit.messaging import LiveHub, Retired, live, on
from servicekit.messaging.broker import EVENTS, LIVE, Link
from servicekit.messaging.consumer import queue_arguments
from servicekit.messaging.subscriptions import HandlerQueue
from servicekit.settings import ServiceSettings
from servicekit.testing.broker import Vhost
from servicekit.testing.waiting import eventually
from servicekit.worker import Worker, WorkerContext, every

MakeCompletion = Callable[..., EnrollmentCompleted]
Rows = Callable[[str], list[tuple[Any, ...]]]
Announce = Callable[..., Awaitable[None]]
RunWorker = Callable[..., AbstractAsyncContextManager[Worker]]

EFFECT = text("INSERT INTO effects (handler, event_id, subject, version) VALUES (:h, :i, :s, :v)")


async def note(session: AsyncSession, event: EnrollmentCompleted) -> None:
    """Write an effect."""
    values = {"h": "note", "i": event.event_id, "s": event.subject, "v": event.version}
    await session.execute(EFFECT, values)


async def ask(worker: Worker, path: str) -> httpx2.Response:
    """What an operator's probe sees."""
    await eventually(lambda: asyncio.sleep(0, worker.health.port))
    async with httpx2.AsyncClient() as client:
        return await client.get(f"http://127.0.0.1:{worker.health.port}{path}")


async def test_a_worker_tells_how_it_is_and_what_waits(
    worker: RunWorker, announce: Announce, make_completion: MakeCompletion, rows: Rows
) -> None:
    async with worker(on(EnrollmentCompleted, note)) as running:
        await announce(make_completion())
        await eventually(lambda: asyncio.sleep(0, rows("SELECT * FROM effects")))
        health, ready = await ask(running, "/health"), await ask(running, "/ready")
        metrics = (await ask(running, "/metrics")).text
        absent = await ask(running, "/nothing")

    assert (health.status_code, health.json()) == (200, {"status": "ok", "service": "probe"})
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")
    assert 'docfliq_handled_total{handler="probe-service.tests.note",outcome="handled"}' in metrics
    assert "docfliq_outbox_rows 0.0" in metrics
    assert absent.status_code == 404


async def test_a_worker_starts_while_broker_and_database_are_away_and_says_so(
    broker_settings: ServiceSettings,
) -> None:
    nowhere = {
        "broker_url": SecretStr("amqp://a:b@127.0.0.1:9/x"),
        "database_url": SecretStr("postgresql://a:b@127.0.0.1:9/x"),
    }
    settings = broker_settings.model_copy(update=nowhere)
    engine = new_engine(settings)
    worker = Worker(settings, engine, [on(EnrollmentCompleted, note)])
    async with worker.context.hub:
        running = asyncio.create_task(worker.run([]))
        assert (await ask(worker, "/ready")).status_code == 503
        assert (await ask(worker, "/health")).status_code == 200
        await asyncio.sleep(0.3)
        assert not running.done()
        worker.stop.set()
        await running
    await engine.dispose()


async def test_a_schedule_that_fails_is_tried_again_and_harms_nobody(worker: RunWorker) -> None:
    ran: list[str] = []

    async def stumble(context: WorkerContext[Any]) -> None:
        async with context.sessions.begin() as session:
            await session.execute(text("SELECT 1"))
        ran.append("stumble")
        raise RuntimeError("not today")

    async def walk(context: WorkerContext[Any]) -> None:
        ran.append("walk")

    async def walked_on() -> bool:
        return ran.count("walk") > 5 and ran.count("stumble") > 1

    async with worker(schedules=[every(0.05, stumble), every(0.05, walk)]):
        await eventually(walked_on)


async def test_a_stopping_worker_finishes_what_it_has_begun(
    worker: RunWorker, announce: Announce, make_completion: MakeCompletion, rows: Rows
) -> None:
    began = asyncio.Event()

    async def slow(session: AsyncSession, event: EnrollmentCompleted) -> None:
        began.set()
        await asyncio.sleep(0.3)
        await note(session, event)

    async with worker(on(EnrollmentCompleted, slow)):
        await announce(make_completion())
        await began.wait()

    assert len(rows("SELECT * FROM effects")) == 1


async def test_a_renamed_handler_takes_over_the_messages_and_rows_of_its_old_name(
    worker: RunWorker,
    announce: Announce,
    make_completion: MakeCompletion,
    broker: Link,
    rows: Rows,
    vhost: Vhost,
) -> None:
    old = "probe-service.tests.old_note"
    channel = await broker.channel()
    queue = HandlerQueue(old, note, "any", 20, many=False, linger_secs=0, events={})
    await channel.queue_declare(old, durable=True, arguments=queue_arguments(queue))
    await channel.queue_bind(old, EVENTS, routing_key="enrollment.completed")
    done, waiting = make_completion(), make_completion()
    async with worker():  # only the relay
        await announce(done, waiting)
        await eventually(lambda: asyncio.sleep(0, not rows("SELECT * FROM outbox")))
    done_before = f"INSERT INTO inbox VALUES ('{old}', '{done.event_id}') RETURNING 1"  # noqa: S608
    assert rows(done_before) == [(1,)]

    retired = [Retired(old, note), Retired("probe-service.tests.long_gone")]
    async with worker(on(EnrollmentCompleted, note), retired=retired):
        await eventually(lambda: asyncio.sleep(0, rows("SELECT * FROM effects")))
        await eventually(lambda: asyncio.sleep(0, old not in vhost.queues()))

    assert rows("SELECT event_id FROM effects") == [(waiting.event_id,)]
    assert rows("SELECT DISTINCT handler FROM inbox") == [("probe-service.tests.note",)]


async def test_a_live_message_is_heard_by_every_process_after_the_commit(
    hub: LiveHub, broker_settings: ServiceSettings, api_sessions: Sessions
) -> None:
    heard: list[tuple[str, Any]] = []
    async with LiveHub(broker_settings) as other:
        hub.subscribe("user.1", lambda topic, payload: heard.append((topic, payload)))
        leave = other.subscribe("user.1", lambda topic, payload: heard.append((topic, payload)))

        async def tell(count: int) -> None:
            async def told() -> bool:
                async with api_sessions.begin() as session:
                    live(session, "user.2", {"unread": 9})
                    live(session, "user.1", {"unread": 1})
                await asyncio.sleep(0.05)
                return len(heard) >= count

            await eventually(told)

        await tell(4)
        leave()
        await asyncio.sleep(0.1)
        heard.clear()
        await tell(1)

    assert {json.dumps(one) for one in heard} == {'["user.1", {"unread": 1}]'}


async def test_a_live_message_that_is_not_json_is_passed_over(hub: LiveHub, broker: Link) -> None:
    heard: list[Any] = []
    hub.subscribe("user.1", lambda _topic, payload: heard.append(payload))
    channel = await broker.channel(confirms=False)

    async def told() -> bool:
        await channel.basic_publish(b"\xff", exchange=LIVE, routing_key="user.1")
        await channel.basic_publish(b'{"a": 1}', exchange=LIVE, routing_key="user.1")
        await asyncio.sleep(0.02)
        return bool(heard)

    await eventually(told)
    assert heard[0] == {"a": 1}


async def test_a_handler_whose_queue_has_other_arguments_stands_still_alone(
    worker: RunWorker,
    broker_settings: ServiceSettings,
    announce: Announce,
    make_completion: MakeCompletion,
    rows: Rows,
) -> None:
    async def other(session: AsyncSession, event: EnrollmentCompleted) -> None:
        await note(session, event)

    async with worker(on(EnrollmentCompleted, note), on(EnrollmentCompleted, other)):
        pass
    engine = new_engine(broker_settings)
    changed = [on(EnrollmentCompleted, note, order="aggregate"), on(EnrollmentCompleted, other)]
    second = Worker(broker_settings, engine, changed)
    async with second.context.hub:
        running = asyncio.create_task(second.run([]))
        await announce(make_completion())
        await eventually(lambda: asyncio.sleep(0, rows("SELECT * FROM effects")))
        second.stop.set()
        await running
    await engine.dispose()

    assert rows("SELECT handler FROM inbox") == [("probe-service.tests.other",)]
