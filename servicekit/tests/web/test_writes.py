"""Hot writes: one statement, one event, one outcome."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from psycopg import DataError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import UserSessionsRevoked
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging.outbox import SAID
from servicekit.problems import ServiceUnavailable
from servicekit.settings import ServiceSettings
from servicekit.testing.messages import published
from servicekit.testing.waiting import eventually
from servicekit.web.writes import HotWrites

SELL = f"WITH said AS ({SAID}) INSERT INTO sales (name) VALUES (%(name)s) RETURNING name"  # noqa: S608  (no value stands in it)
DIVIDE = SELL.replace("%(name)s", "1 / %(name)s::int")


class Relay:
    """Counts how often it is woken."""

    def __init__(self) -> None:
        self.woken = 0

    def published(self) -> None:
        self.woken += 1

    def live(self, topic: str, payload: dict[str, object]) -> None:
        raise AssertionError(topic, payload)


def news() -> UserSessionsRevoked:
    return UserSessionsRevoked(version=1, user_id=uuid7(), not_before=now(), cause="LOGOUT")


@pytest.fixture
def relay() -> Relay:
    return Relay()


@pytest.fixture
async def writes(settings: ServiceSettings, relay: Relay) -> AsyncIterator[HotWrites]:
    writes = HotWrites(settings, relay)
    yield writes
    await writes.close()


async def count(session: AsyncSession, table: str) -> int:
    return await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608  (a test's own)


async def blocked(session: AsyncSession, number: int) -> list[int]:
    """The processes of that many writes that wait for a lock; none if they are not so many."""
    await session.execute(text("SELECT pg_stat_clear_snapshot()"))
    waiting = text(
        "SELECT pid FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    found = list(await session.scalars(waiting))
    return found if len(found) == number else []


async def test_a_write_is_committed_with_its_event_and_wakes_the_relay(
    writes: HotWrites, relay: Relay, session: AsyncSession
) -> None:
    said = news()
    assert await writes.write(SELL, {"name": "a"}, said) == [("a",)]

    assert await count(session, "sales") == 1
    assert [event.event_id for event in await published(session, UserSessionsRevoked)] == [
        said.event_id
    ]
    assert relay.woken == 1


async def test_a_refused_write_leaves_neither_row_nor_event(
    writes: HotWrites, relay: Relay, session: AsyncSession
) -> None:
    with pytest.raises(DataError):
        await writes.write(DIVIDE, {"name": 0}, news())
    assert (await count(session, "sales"), await count(session, "outbox"), relay.woken) == (0, 0, 0)

    await writes.write(SELL, {"name": "b"}, news())
    assert await count(session, "sales") == 1


async def test_a_write_whose_connection_broke_is_not_tried_again(
    writes: HotWrites, session: AsyncSession
) -> None:
    await session.execute(text("LOCK TABLE sales"))
    write = asyncio.create_task(writes.write(SELL, {"name": "a"}, news()))
    [pid] = await eventually(lambda: blocked(session, 1))
    await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    with pytest.raises(ServiceUnavailable):
        await write
    await session.rollback()
    assert await count(session, "sales") == 0


async def test_a_write_waits_a_second_for_its_turn_and_leaves_nothing_when_it_is_given_up(
    writes: HotWrites, session: AsyncSession
) -> None:
    await session.execute(text("LOCK TABLE sales"))
    names = ("a", "b", "c", "d")
    held = [asyncio.create_task(writes.write(SELL, {"name": name}, news())) for name in names]
    await eventually(lambda: blocked(session, 4))
    with pytest.raises(ServiceUnavailable):
        await writes.write(SELL, {"name": "e"}, news())

    held[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await held[0]
    await session.rollback()
    await asyncio.gather(*held[1:])
    await writes.write(SELL, {"name": "f"}, news())
    assert (await count(session, "sales"), await count(session, "outbox")) == (4, 4)
