"""What a transaction says, and when."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.course import EnrollmentCompleted
from servicekit.database import Sessions, new_sessions
from servicekit.ids import uuid7
from servicekit.messaging import live, publish, record
from servicekit.testing.messages import published

MakeCompletion = Callable[..., EnrollmentCompleted]
Rows = Callable[[str], list[tuple[Any, ...]]]


class LoudSide:
    """An engine side that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def published(self) -> None:
        """Remember a wake-up."""
        self.told.append("published")

    def live(self, topic: str, payload: dict[str, Any]) -> None:
        """Remember a live message."""
        self.told.append((topic, payload))


async def test_an_event_is_in_the_outbox_exactly_when_its_transaction_committed(
    sessions: Sessions, make_completion: MakeCompletion, rows: Rows
) -> None:
    said = make_completion()
    async with sessions.begin() as session:
        publish(session, said)
        assert rows("SELECT id FROM outbox") == []
    async with sessions() as session:
        publish(session, make_completion())
        await session.rollback()
        await session.commit()

    assert rows("SELECT id, type, aggregate, version FROM outbox") == [
        (said.event_id, "enrollment.completed", f"enrollment/{said.enrollment_id}", 1)
    ]


async def test_what_was_published_can_be_read_back_whole(
    sessions: Sessions, make_completion: MakeCompletion
) -> None:
    said = make_completion(version=7)
    async with sessions() as session:
        publish(session, said)
        [read] = await published(session, EnrollmentCompleted)

    assert read == said
    assert (read.event_id, read.happened_at) == (said.event_id, said.happened_at)


async def test_a_savepoint_that_is_rolled_back_takes_its_events_along(
    sessions: Sessions, make_completion: MakeCompletion, rows: Rows
) -> None:
    kept, undone, inner = make_completion(), make_completion(), make_completion()
    async with sessions.begin() as session:
        publish(session, kept)
        savepoint = await session.begin_nested()
        publish(session, undone)
        await savepoint.rollback()
        async with session.begin_nested():
            publish(session, inner)

    assert rows("SELECT id FROM outbox ORDER BY seq") == [(kept.event_id,), (inner.event_id,)]


async def test_the_process_hears_of_a_commit_once_and_of_a_rollback_never(
    engine: AsyncEngine, make_completion: MakeCompletion
) -> None:
    side = LoudSide()
    sessions = new_sessions(engine, engine_side=side)
    async with sessions.begin() as session:
        publish(session, make_completion())
        async with session.begin_nested():
            publish(session, make_completion())
            live(session, "user.1", {"unread": 1})
        assert side.told == []
    async with sessions() as session:
        publish(session, make_completion())
        live(session, "user.1", {"unread": 2})
        await session.rollback()
        await session.commit()
    async with sessions.begin() as session:
        await session.execute(text("SELECT 1"))

    assert side.told == ["published", ("user.1", {"unread": 1})]


async def test_an_aggregates_events_stand_in_the_order_of_its_versions(
    sessions: Sessions, make_completion: MakeCompletion, rows: Rows
) -> None:
    enrollment_id = uuid7()
    async with sessions.begin() as session:
        await session.execute(text("INSERT INTO things VALUES (:id, 0)"), {"id": enrollment_id})

    async def change() -> None:
        for _ in range(10):
            async with sessions.begin() as session:
                found = await session.execute(
                    text(
                        "UPDATE things SET version = version + 1 WHERE id = :id RETURNING version"
                    ),
                    {"id": enrollment_id},
                )
                publish(session, make_completion(enrollment_id, found.scalar_one()))
                await asyncio.sleep(0)

    await asyncio.gather(*(change() for _ in range(8)))

    versions = [version for (version,) in rows("SELECT version FROM outbox ORDER BY seq")]
    assert versions == list(range(1, 81))


async def test_a_migration_can_announce_what_it_made(
    engine: AsyncEngine, make_completion: MakeCompletion, rows: Rows
) -> None:
    said = [make_completion(), make_completion()]
    async with engine.begin() as connection:
        await connection.run_sync(record, said)

    ids: list[tuple[UUID]] = [(event.event_id,) for event in said]
    assert rows("SELECT id FROM outbox ORDER BY seq") == ids
