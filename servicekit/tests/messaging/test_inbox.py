"""One effect for each message, whatever its neighbours do."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import EnrollmentCompleted, EnrollmentCreated
from contracts.event import Event
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging import Permanent, TooEarly, on, on_batch
from servicekit.messaging.deferred import Deferred
from servicekit.messaging.inbox import Inbox
from servicekit.messaging.subscriptions import Subscription, queue_name, queues_of
from servicekit.testing.messages import envelope, receive
from servicekit.testing.waiting import eventually
from servicekit.worker import Worker

MakeCompletion = Callable[..., EnrollmentCompleted]
Rows = Callable[[str], list[tuple[Any, ...]]]
Announce = Callable[..., Awaitable[None]]
RunWorker = Callable[..., AbstractAsyncContextManager[Worker]]

EFFECT = text("INSERT INTO effects (handler, event_id, subject, version) VALUES (:h, :i, :s, :v)")
VERSIONS = "SELECT version FROM effects ORDER BY n"


def effect_of(handler: str, event: Event) -> dict[str, Any]:
    """A row that tells who handled what."""
    return {"h": handler, "i": event.event_id, "s": event.subject, "v": event.version}


async def note(session: AsyncSession, event: EnrollmentCompleted) -> None:
    """Write one effect."""
    await session.execute(EFFECT, effect_of("note", event))


async def note_all(session: AsyncSession, events: Sequence[EnrollmentCompleted]) -> None:
    """Write many effects in one statement."""
    await session.execute(EFFECT, [effect_of("note_all", event) for event in events])


def inbox_of(subscription: Subscription, sessions: Sessions, *delays: float) -> Inbox:
    """The inbox of one handler."""
    [queue] = queues_of("probe-service", [subscription])
    return Inbox(queue, sessions, delays)


async def try_deferred(inbox: Inbox, *delays: float) -> None:
    """What the worker's loop does until nothing is due."""
    deferred = Deferred({inbox.queue.name: inbox}, inbox.sessions, delays)
    while await deferred.try_one():
        pass


async def test_a_message_delivered_twice_has_one_effect(
    session: AsyncSession, make_completion: MakeCompletion, rows: Rows
) -> None:
    message = envelope(make_completion())

    assert await receive(session, on(EnrollmentCompleted, note), message) is True
    assert await receive(session, on(EnrollmentCompleted, note), message) is False
    assert len(rows(VERSIONS)) == 1


async def test_duplicates_inside_one_batch_have_one_effect(
    sessions: Sessions, make_completion: MakeCompletion, rows: Rows
) -> None:
    message, other = envelope(make_completion()), envelope(make_completion())
    inbox = inbox_of(on_batch(EnrollmentCompleted, note_all), sessions)

    await inbox.take([message, other, message, other, message])

    assert len(rows(VERSIONS)) == 2


async def test_one_message_that_fails_does_not_stop_its_batch(
    sessions: Sessions, make_completion: MakeCompletion, rows: Rows
) -> None:
    async def choke(session: AsyncSession, event: EnrollmentCompleted) -> None:
        await note(session, event)
        if event.version == 13:
            raise RuntimeError("thirteen")

    inbox = inbox_of(on(EnrollmentCompleted, choke), sessions, 60)
    await inbox.take([envelope(make_completion(version=n)) for n in range(1, 21)])

    assert [version for (version,) in rows(VERSIONS)] == [n for n in range(1, 21) if n != 13]
    assert rows("SELECT attempt, error FROM deferred") == [(1, "RuntimeError: thirteen")]


async def test_a_message_that_fails_for_good_goes_to_the_desk_with_its_cause_and_is_forgotten(
    sessions: Sessions, make_completion: MakeCompletion, rows: Rows
) -> None:
    async def never(session: AsyncSession, event: EnrollmentCompleted) -> None:
        raise Permanent("the course was never sold")

    inbox = inbox_of(on(EnrollmentCompleted, never), sessions)
    await inbox.take([envelope(make_completion())])

    [(target, cause, queue)] = rows(
        "SELECT target, headers->>'x-cause', headers->>'x-queue' FROM outbox"
    )
    assert target == "docfliq.dead"
    assert cause == "Permanent: the course was never sold"
    assert queue == inbox.queue.name
    assert rows("SELECT * FROM inbox") == []


async def test_a_message_is_given_up_after_its_last_attempt_and_its_cause_kept(
    sessions: Sessions, make_completion: MakeCompletion, rows: Rows
) -> None:
    async def choke(session: AsyncSession, event: EnrollmentCompleted) -> None:
        raise RuntimeError("still no")

    inbox = inbox_of(on(EnrollmentCompleted, choke), sessions, 0, 0)
    await inbox.take([envelope(make_completion())])
    await try_deferred(inbox, 0, 0)

    assert rows("SELECT headers->>'x-cause' FROM outbox") == [("RuntimeError: still no",)]
    assert rows("SELECT * FROM deferred") == []
    assert rows("SELECT * FROM inbox") == []


async def test_a_message_whose_attempt_kills_the_process_is_given_up_too(
    sessions: Sessions, make_completion: MakeCompletion, rows: Rows
) -> None:
    class Killed(BaseException):
        """A SIGKILL, seen from the next process: the attempt was counted, and then nothing."""

    async def kill(session: AsyncSession, event: EnrollmentCompleted) -> None:
        raise Killed

    inbox = inbox_of(on(EnrollmentCompleted, kill), sessions, 0, 0)
    await inbox.put_off(envelope(make_completion()))
    for _ in range(2):
        with pytest.raises(Killed):
            await try_deferred(inbox, 0, 0)
    await try_deferred(inbox, 0, 0)

    assert rows("SELECT headers->>'x-cause' FROM outbox") == [
        ("the process died in the last attempt",)
    ]
    assert rows("SELECT * FROM deferred") == []


async def test_an_event_that_came_too_early_waits_without_using_up_its_attempts(
    sessions: Sessions, make_completion: MakeCompletion, rows: Rows
) -> None:
    known: set[Any] = set()

    async def need(session: AsyncSession, event: EnrollmentCompleted) -> None:
        if event.course_id not in known:
            raise TooEarly
        await note(session, event)

    event = make_completion()
    inbox = inbox_of(on(EnrollmentCompleted, need), sessions)
    await inbox.take([envelope(event)])
    for _ in range(5):
        assert rows("SELECT attempt, early FROM deferred") == [(0, True)]
        assert rows("UPDATE deferred SET due = now() RETURNING 1") == [(1,)]
        await try_deferred(inbox)
    known.add(event.course_id)
    rows("UPDATE deferred SET due = now() RETURNING 1")
    await try_deferred(inbox)

    assert len(rows(VERSIONS)) == 1
    assert rows("SELECT * FROM deferred") == []


async def test_successors_wait_behind_a_failed_event_of_their_aggregate_and_keep_their_order(
    sessions: Sessions, make_completion: MakeCompletion, rows: Rows
) -> None:
    healed = asyncio.Event()

    async def in_order(session: AsyncSession, event: EnrollmentCompleted) -> None:
        if event.version == 2 and not healed.is_set():
            raise RuntimeError("not yet")
        await note(session, event)

    stuck, free = uuid7(), uuid7()
    inbox = inbox_of(on(EnrollmentCompleted, in_order, order="aggregate"), sessions, 0, 0, 0, 0)
    for version in range(1, 5):
        await inbox.take([envelope(make_completion(stuck, version))])
    await inbox.take([envelope(make_completion(free, 10)), envelope(make_completion(stuck, 5))])
    assert [version for (version,) in rows(VERSIONS)] == [1, 10]

    healed.set()
    await try_deferred(inbox, 0, 0, 0, 0)

    assert [version for (version,) in rows(VERSIONS)] == [1, 10, 2, 3, 4, 5]


async def test_after_a_dead_letter_the_rest_of_the_aggregate_proceeds(
    sessions: Sessions, make_completion: MakeCompletion, rows: Rows
) -> None:
    async def in_order(session: AsyncSession, event: EnrollmentCompleted) -> None:
        if event.version == 2:
            raise RuntimeError("never")
        await note(session, event)

    one = uuid7()
    inbox = inbox_of(on(EnrollmentCompleted, in_order, order="aggregate"), sessions, 0)
    await inbox.take([envelope(make_completion(one, version)) for version in range(1, 5)])
    await try_deferred(inbox, 0)

    assert [version for (version,) in rows(VERSIONS)] == [1, 3, 4]
    assert rows("SELECT version FROM outbox") == [(1,)]


def test_rows_of_one_handler_share_its_queue_and_must_agree() -> None:
    async def copy(session: AsyncSession, event: EnrollmentCompleted | EnrollmentCreated) -> None:
        return None

    agreed = [on(EnrollmentCompleted, copy), on(EnrollmentCreated, copy)]
    [queue] = queues_of("probe-service", agreed)
    assert queue.binding_keys == ["enrollment.completed", "enrollment.created"]

    with pytest.raises(ValueError, match="disagree"):
        queues_of("probe-service", [agreed[0], on(EnrollmentCreated, copy, order="latest")])


def test_a_queue_is_named_for_service_domain_and_handler() -> None:
    async def issue_certificate(session: AsyncSession, event: EnrollmentCompleted) -> None:
        return None

    issue_certificate.__module__ = "course_service.certificates.consumers"
    name = queue_name("course-service", issue_certificate)
    assert name == "course-service.certificates.issue_certificate"


async def test_the_whole_way_from_publish_to_an_effect_in_order_with_two_workers(
    worker: RunWorker,
    announce: Announce,
    make_completion: MakeCompletion,
    rows: Rows,
) -> None:
    async def in_order(session: AsyncSession, event: EnrollmentCompleted) -> None:
        await note(session, event)

    rows_of_table = on(EnrollmentCompleted, in_order, order="aggregate")
    aggregates = [uuid7() for _ in range(10)]
    async with worker(rows_of_table), worker(rows_of_table):
        for version in range(1, 31):
            await announce(*(make_completion(one, version) for one in aggregates))

        async def all_are_there() -> bool:
            return rows("SELECT count(*) FROM effects") == [(300,)]

        await eventually(all_are_there, within=20)

    disorder = """SELECT * FROM (SELECT version - lag(version, 1, 0) OVER
                  (PARTITION BY subject ORDER BY n) AS step FROM effects) s WHERE step <> 1"""
    assert rows(disorder) == []
