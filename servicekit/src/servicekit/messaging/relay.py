"""From the outbox to the broker: one relay per service leads, others stand by."""

import asyncio
import logging
import struct
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from aiormq.channel import Channel
from aiormq.connection import Connection
from aiormq.exceptions import AMQPChannelError, PublishError
from pamqp.commands import Basic
from psycopg import AsyncConnection
from psycopg.rows import args_row

from servicekit.connections import connect
from servicekit.messaging import metrics
from servicekit.messaging.broker import DEAD, EVENTS, Link
from servicekit.messaging.envelope import PREFIX, body_from_text
from servicekit.messaging.errors import describe
from servicekit.messaging.wake import CHANNEL, plain_url
from servicekit.settings import ServiceSettings

BATCH = 500
CONFIRM_TIMEOUT = 10.0
PARK_AFTER = 3
# Returned by the broker, or impossible to write on the wire.
ROW_AT_FAULT = (PublishError, ValueError, TypeError, struct.error)

_LOCK = "SELECT pg_try_advisory_lock(7701, hashtext(%s))"
# By what is unpublished, never by a high-water mark: late commits would be skipped.
# The rows that this deletes are still seen by its SELECT, and so stand among the busy ones.
NEXT = f"""
    WITH gone AS (DELETE FROM outbox WHERE seq = ANY(%(confirmed)s::bigint[]))
    SELECT seq, id::text, type, target, aggregate, payload, headers::text
      FROM outbox WHERE parked_at IS NULL AND seq <> ALL(%(busy)s::bigint[])
     ORDER BY seq LIMIT {BATCH}
"""  # noqa: S608  (a constant)
_FAILED = f"""
    UPDATE outbox SET attempts = attempts + 1, last_error = %s,
           parked_at = CASE WHEN attempts + 1 >= {PARK_AFTER} THEN now() END
     WHERE seq = %s
"""  # noqa: S608  (a constant)

log = logging.getLogger(__name__)

Database = AsyncConnection[Any]


class Row(NamedTuple):
    """One outbox row on its way."""

    seq: int
    id: str
    type: str
    target: str
    aggregate: str
    payload: str
    headers: str


Outcomes = Sequence[BaseException | None]
Chains = Sequence[Sequence[Row]]
"""Rows by aggregate, each one's in order."""


class Relay:
    """Carries outbox rows to the broker, each aggregate's in order; deletes what was confirmed."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._service = settings.service
        self._url = plain_url(settings)
        self._name = f"{settings.service}/{settings.instance} relay"
        self._suspects: set[int] = set()
        self._confirmed: list[int] = []

    async def serve(self, link: Link) -> None:
        """Wait for the lead, then relay until the broker or the database is lost, which raises."""
        channel = await link.channel()
        async with await self._connect() as database:
            try:
                await self._lead(database)
                metrics.leading.set(1)
                await self._carry(database, channel)
            finally:
                metrics.leading.set(0)

    async def _connect(self) -> Database:
        return await connect(
            self._url,
            application_name=self._name,
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=8000,
            # A frozen or cut-off leader loses its session, and so the lead, after 6 s.
            # A lost DELETE only sends an event twice, which the inbox absorbs.
            # A queue is empty when it is analysed and long when it matters: left to its statistics,
            # the planner reads and sorts the whole of it for each batch.
            options="-c idle_session_timeout=6s -c statement_timeout=5s -c synchronous_commit=off"
            " -c enable_seqscan=off -c enable_sort=off",
        )

    async def _lead(self, database: Database) -> None:
        while True:
            row = await (await database.execute(_LOCK, [self._service])).fetchone()
            if row is not None and row[0]:
                return
            await asyncio.sleep(0.5)

    async def _carry(self, database: Database, channel: Channel) -> None:
        await database.execute(f"LISTEN {CHANNEL}".encode())
        while True:
            rows = await self._next(database)
            while rows:
                rows = await self._forward(database, channel, rows)
            if not self._confirmed:
                await self._rest(database)

    async def _next(self, database: Database, sending: Sequence[int] = ()) -> list[Row]:
        """Delete what was confirmed; the oldest rows besides those that are being sent.

        A crash before sends the confirmed ones again, which the inbox absorbs.
        """
        confirmed, self._confirmed = self._confirmed, []
        given = {"confirmed": _array(confirmed), "busy": _array([*sending, *confirmed])}
        async with database.cursor(row_factory=args_row(Row)) as cursor:
            await cursor.execute(NEXT.encode(), given)
            rows = await cursor.fetchall()
        metrics.relayed.inc(len(confirmed))
        return rows

    async def _rest(self, database: Database) -> None:
        async for _ in database.notifies(timeout=1.0, stop_after=1):
            pass

    async def _forward(
        self, database: Database, channel: Channel, rows: Sequence[Row]
    ) -> list[Row]:
        """Send rows; returns the next, read meanwhile."""
        self._suspects &= {row.seq for row in rows}
        suspect = [row for row in rows if row.seq in self._suspects]
        for row in suspect:
            await self._send_alone(database, channel, row)
        held_back = {row.aggregate for row in suspect}
        chains: defaultdict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row.aggregate not in held_back:
                chains[row.aggregate].append(row)
        return await self._send_all(database, channel, [*chains.values()]) if chains else []

    async def _send_all(self, database: Database, channel: Channel, chains: Chains) -> list[Row]:
        confirmed: list[int] = []
        with metrics.confirms.time():
            # While these leave: what came before is deleted, what follows is read.
            following, sending = await asyncio.gather(
                self._next(database, [row.seq for chain in chains for row in chain]),
                self._depart(channel, chains, confirmed),
            )
            outcomes = await self._outcomes(database, sending)
        self._confirmed = confirmed
        if not any(outcomes):
            return following
        await self._next(database)  # may hold what follows a row held back: to be read again
        await self._judge(database, chains, outcomes, set(confirmed))
        return []

    async def _depart(
        self, channel: Channel, chains: Chains, confirmed: list[int]
    ) -> list[asyncio.Task[None]]:
        """Start every chain; as many at once as the connection buffers, else they queue for it."""

        async def leave(rows: Sequence[Row]) -> None:
            for row in rows:  # the next after the one before it was confirmed
                await self._send(channel, row)
                confirmed.append(row.seq)

        sending = []
        for chain in chains:
            sending.append(asyncio.create_task(leave(chain)))
            if len(sending) % Connection.FRAME_BUFFER_SIZE == 0:
                await asyncio.sleep(0)
        return sending

    async def _send(self, channel: Channel, row: Row) -> None:
        headers = orjson.loads(row.headers)
        body = body_from_text(row.payload, headers)
        headers.setdefault(f"{PREFIX}source", f"/{self._service}")
        exchange, key = _address(row)
        await channel.basic_publish(
            body,
            exchange=exchange,
            routing_key=key,
            properties=Basic.Properties(
                content_type="application/json",
                delivery_mode=2,
                message_id=row.id,
                headers=headers,
            ),
            mandatory=True,
            wait=False,
        )

    async def _outcomes(
        self, database: Database, sending: Sequence[asyncio.Task[None]]
    ) -> Outcomes:
        """Wait for all confirms, at most 10 s, showing signs of life so that the lead is kept."""
        late = set(sending)
        for _ in range(int(CONFIRM_TIMEOUT / 2)):
            _, late = await asyncio.wait(late, timeout=2)
            if not late:
                break
            await database.execute(b"SELECT 1")
        else:
            for task in late:
                task.cancel()
            await asyncio.wait(late)
        stuck = TimeoutError("no confirm came")
        return [stuck if task.cancelled() else task.exception() for task in sending]

    async def _judge(
        self, database: Database, chains: Chains, outcomes: Outcomes, confirmed: set[int]
    ) -> None:
        failures = [outcome for outcome in outcomes if outcome is not None]
        for failure in failures:
            metrics.relay_failures.labels(type(failure).__name__).inc()
        for chain, outcome in zip(chains, outcomes, strict=True):
            if isinstance(outcome, ROW_AT_FAULT):
                guilty = next(row for row in chain if row.seq not in confirmed)
                await self._blame(database, guilty, outcome)
        others = [failure for failure in failures if not isinstance(failure, ROW_AT_FAULT)]
        if any(isinstance(failure, AMQPChannelError) for failure in others):
            # One row closed the channel, nobody knows which: each unconfirmed one is tried alone.
            self._suspects = {row.seq for chain in chains for row in chain} - confirmed
        if others:
            raise others[0]

    async def _send_alone(self, database: Database, channel: Channel, row: Row) -> None:
        try:
            async with asyncio.timeout(CONFIRM_TIMEOUT / 2):
                await self._send(channel, row)
        except ROW_AT_FAULT as error:
            await self._blame(database, row, error)
        except AMQPChannelError as error:
            await self._blame(database, row, error)
            raise
        else:
            self._confirmed.append(row.seq)
        self._suspects.discard(row.seq)

    async def _blame(self, database: Database, row: Row, error: BaseException) -> None:
        log.error(
            "the broker refuses an outbox row",
            extra={
                "seq": row.seq,
                "type": row.type,
                "target": row.target,
                "cause": describe(error),
            },
        )
        await database.execute(_FAILED, [describe(error), row.seq])


def _array(numbers: Sequence[int]) -> str:
    """PostgreSQL's own form: psycopg would look at each element, in Python."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _address(row: Row) -> tuple[str, str]:
    """The exchange and routing key of a row."""
    if not row.target:
        return EVENTS, row.type
    return (DEAD, row.type) if row.target == DEAD else ("", row.target)
