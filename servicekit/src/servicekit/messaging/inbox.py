"""Exactly one effect for each message: inbox row, effect and what follows in one transaction."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from uuid import NAMESPACE_URL, UUID, uuid5

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from contracts.event import Event
from servicekit.clock import now
from servicekit.messaging import metrics
from servicekit.messaging.broker import DEAD
from servicekit.messaging.envelope import Envelope, headers_as_json
from servicekit.messaging.errors import (
    DatabaseAway,
    Permanent,
    TooEarly,
    database_is_away,
    describe,
)
from servicekit.messaging.outbox import post
from servicekit.messaging.subscriptions import HandlerQueue
from servicekit.telemetry import event_id_var

TIME_LIMIT = 15.0
EARLY_EVERY = 2.0
REPLAY = "x-replay"

# Answers with what was there already, which is nearly always nothing.
_CLAIM = text("""
    WITH wanted AS (SELECT unnest(CAST(:ids AS uuid[])) AS id),
         new AS (INSERT INTO inbox (handler, event_id) SELECT :handler, id FROM wanted
                     ON CONFLICT DO NOTHING RETURNING event_id)
    SELECT array_agg(id) FROM wanted WHERE id NOT IN (SELECT event_id FROM new)
""")
_FORGET = text("DELETE FROM inbox WHERE handler = :handler AND event_id = :id")
_WAITING = text("""
    SELECT DISTINCT aggregate FROM deferred
     WHERE handler = :handler AND aggregate = ANY(:aggregates)
""")
_DEFER = text("""
    INSERT INTO deferred (handler, event_id, aggregate, body, headers, attempt, due, early, error)
    VALUES (:handler, :id, :aggregate, :body, CAST(:headers AS jsonb), :attempt,
            now() + make_interval(secs => :delay), :early, :error)
""")

log = logging.getLogger(__name__)
_tracer = trace.get_tracer("servicekit.messaging")
_traces = TraceContextTextMapPropagator()

Sessions = async_sessionmaker[AsyncSession]
Message = tuple[Envelope, Event]


class Inbox:
    """What one handler's messages go through, whoever delivers them."""

    def __init__(self, queue: HandlerQueue, sessions: Sessions, delays: Sequence[float]) -> None:
        self.queue = queue
        self.sessions = sessions
        self.delays = delays

    async def take(self, envelopes: Sequence[Envelope]) -> None:
        """Settle every message, in order. Raises DatabaseAway, and then the rest is not settled."""
        messages: list[Message] = []
        for envelope in envelopes:
            try:
                messages.append((envelope, envelope.parse(self.queue.events)))
            except Permanent as error:
                await self._handle_all(messages)
                messages = []
                await self._fail(envelope, error)
        await self._handle_all(messages)

    async def put_off(self, envelope: Envelope) -> None:
        """Defer a message untried: it was delivered thrice, so it may be what kills the process."""
        await self._fail(envelope, RuntimeError("delivered three times without an answer"))

    async def _handle_all(self, messages: Sequence[Message]) -> None:
        """One transaction for all; if it fails, by halves in order down to the one to blame."""
        if not messages:
            return
        try:
            async with self.sessions.begin() as session:
                count = await self.handle(session, messages)
        except Exception as error:
            if database_is_away(error):
                raise DatabaseAway(describe(error)) from error
            if len(messages) == 1:
                await self._fail(messages[0][0], error)
                return
            half = len(messages) // 2
            await self._handle_all(messages[:half])
            await self._handle_all(messages[half:])
        else:
            self._count("handled", count)
            self._count("duplicate", len(messages) - count)

    async def handle(self, session: AsyncSession, messages: Sequence[Message]) -> int:
        """Claim the messages, run the handler on the new ones; returns how many were new."""
        first = {message[0].event_id: message for message in reversed(messages)}
        known = await self._known(session, list(first))
        fresh = [
            message
            for message in messages
            if first[message[0].event_id] is message and message[0].event_id not in known
        ]
        count = len(fresh)
        if self.queue.ordered and fresh:
            fresh = await self._step_behind(session, fresh)
        if fresh:
            await self.run(session, fresh)
        return count

    async def run(self, session: AsyncSession, messages: Sequence[Message]) -> None:
        """Call the handler, within its time limit."""
        started = time.perf_counter()
        async with asyncio.timeout(TIME_LIMIT):
            if self.queue.many:
                with self._traced(messages[0][0], *(other for other, _ in messages[1:])):
                    await self.queue.handler(session, [event for _, event in messages])
            else:
                for envelope, event in messages:
                    with self._traced(envelope):
                        await self.queue.handler(session, event)
        metrics.handling.labels(self.queue.name).observe(time.perf_counter() - started)
        oldest = min(envelope.time for envelope, _ in messages)
        metrics.lag.labels(self.queue.name).observe((now() - oldest).total_seconds())

    async def give_up(self, session: AsyncSession, envelope: Envelope, cause: str) -> None:
        """Send the message to the desk and forget it, so that its replay is new again."""
        headers = {**envelope.headers, "x-queue": self.queue.name, "x-cause": cause}
        # The same letter written twice, around a crash, has the same id; its replay has another.
        name = f"{self.queue.name}/{envelope.event_id}/{envelope.headers.get(REPLAY, '')}"
        letter_id = uuid5(NAMESPACE_URL, name)
        post(session, target=DEAD, headers=headers, body=envelope.body, message_id=letter_id)
        await session.execute(_FORGET, {"handler": self.queue.name, "id": envelope.event_id})
        self._count("dead")
        log.error(
            "message given up",
            extra={"handler": self.queue.name, "event_id": str(envelope.event_id), "cause": cause},
        )

    async def _known(self, session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
        """Write the inbox rows; returns the ids that this handler had already."""
        # PostgreSQL's own form of an array: psycopg would look at each element, in Python.
        values = {"handler": self.queue.name, "ids": "{" + ",".join(map(str, ids)) + "}"}
        return set((await session.execute(_CLAIM, values)).scalar_one() or ())

    async def _step_behind(
        self, session: AsyncSession, messages: Sequence[Message]
    ) -> list[Message]:
        """Let what follows a waiting event of its aggregate wait too; returns the others."""
        aggregates = list({envelope.subject for envelope, _ in messages})
        found = await session.execute(
            _WAITING, {"handler": self.queue.name, "aggregates": aggregates}
        )
        waiting = set(found.scalars())
        for envelope, _ in messages:
            if envelope.subject in waiting:
                await self._defer(session, envelope, error=None)
        return [message for message in messages if message[0].subject not in waiting]

    async def _fail(self, envelope: Envelope, error: Exception) -> None:
        """Record a failure: another try later, or the desk. Nothing if it is already settled."""
        try:
            async with self.sessions.begin() as session:
                if await self._known(session, [envelope.event_id]):
                    self._count("duplicate")
                elif isinstance(error, Permanent):
                    await self.give_up(session, envelope, describe(error))
                else:
                    await self._defer(session, envelope, error=error)
        except Exception as failure:
            if database_is_away(failure):
                raise DatabaseAway(describe(failure)) from failure
            raise

    async def _defer(
        self, session: AsyncSession, envelope: Envelope, *, error: Exception | None
    ) -> None:
        early = isinstance(error, TooEarly)
        tried = error is not None and not early
        await session.execute(
            _DEFER,
            {
                "handler": self.queue.name,
                "id": envelope.event_id,
                "aggregate": envelope.subject,
                "body": envelope.body,
                "headers": headers_as_json(envelope.headers),
                "attempt": int(tried),
                "delay": self._first_delay(early=early, tried=tried),
                "early": early,
                "error": None if error is None else describe(error),
            },
        )
        self._count("early" if early else "deferred" if tried else "behind")
        if tried and error is not None:
            log.warning(
                "message deferred",
                exc_info=error,
                extra={"handler": self.queue.name, "event_id": str(envelope.event_id)},
            )

    def _first_delay(self, *, early: bool, tried: bool) -> float:
        if early:
            return EARLY_EVERY
        return self.delays[0] if tried and self.delays else 0.0

    def _count(self, outcome: str, by: int = 1) -> None:
        if by:
            metrics.handled.labels(self.queue.name, outcome).inc(by)

    @contextlib.contextmanager
    def _traced(self, envelope: Envelope, *others: Envelope) -> Iterator[None]:
        event_id = str(envelope.event_id)
        token = event_id_var.set(event_id)
        with _tracer.start_as_current_span(
            self.queue.name,
            context=_traces.extract(envelope.headers),
            kind=trace.SpanKind.CONSUMER,
        ) as span:
            if span.is_recording():
                span.set_attribute("messaging.message.id", event_id)
                for other in others:
                    span.add_link(_span_of(other).get_span_context())
            try:
                yield
            finally:
                event_id_var.reset(token)


def _span_of(envelope: Envelope) -> trace.Span:
    return trace.get_current_span(_traces.extract(envelope.headers))
