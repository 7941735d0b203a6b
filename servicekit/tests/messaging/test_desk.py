"""What cannot be handled is kept with its cause, and can be replayed."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from pamqp.commands import Basic
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import EnrollmentCompleted
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging import Permanent, RawMessage, on, on_dead_letters, replay
from servicekit.messaging.broker import EVENTS, Link
from servicekit.messaging.envelope import Headers, headers_of
from servicekit.testing.messages import envelope
from servicekit.testing.waiting import eventually
from servicekit.worker import Worker

MakeCompletion = Callable[..., EnrollmentCompleted]
Rows = Callable[[str], list[tuple[Any, ...]]]
Announce = Callable[..., Awaitable[None]]
RunWorker = Callable[..., AbstractAsyncContextManager[Worker]]

EFFECT = text("INSERT INTO effects (handler, event_id, subject, version) VALUES (:h, :i, :s, :v)")


class Clinic:
    """A handler that can be healed, and a desk that remembers."""

    def __init__(self) -> None:
        self.ill = True
        self.letters: list[RawMessage] = []

    async def note(self, session: AsyncSession, event: EnrollmentCompleted) -> None:
        """Write an effect, unless ill and the version is 13."""
        if self.ill and event.version == 13:
            raise Permanent("unlucky")
        values = {"h": "note", "i": event.event_id, "s": event.subject, "v": event.version}
        await session.execute(EFFECT, values)

    async def keep(self, session: AsyncSession, letters: Sequence[RawMessage]) -> None:
        """Remember the letters."""
        assert session.in_transaction()
        self.letters += letters

    async def full(self, count: int) -> bool:
        """Whether that many letters came."""
        return len(self.letters) >= count


async def send(broker: Link, body: bytes, headers: Headers) -> None:
    """What a careless producer would do."""
    channel = await broker.channel()
    properties = Basic.Properties(delivery_mode=2, headers=headers)
    await channel.basic_publish(
        body, exchange=EVENTS, routing_key="enrollment.completed", properties=properties
    )


async def test_each_kind_of_poison_reaches_the_desk_with_its_cause_while_good_ones_pass(
    worker: RunWorker, broker: Link, make_completion: MakeCompletion, rows: Rows
) -> None:
    clinic = Clinic()
    good, unknown = envelope(make_completion()), envelope(make_completion()).headers
    unknown["cloudEvents:dataschema"] = unknown["cloudEvents:dataschema"].replace("/v1", "/v9")
    async with worker(on(EnrollmentCompleted, clinic.note), on_dead_letters(clinic.keep)):
        await send(broker, b"{}", {})
        await send(broker, b"not json \xff", envelope(make_completion()).headers)
        await send(broker, b'{"version": 1}', envelope(make_completion()).headers)
        await send(broker, good.body, unknown)
        unlucky = envelope(make_completion(version=13))
        await send(broker, unlucky.body, unlucky.headers)
        await send(broker, good.body, good.headers)
        await eventually(lambda: clinic.full(5))

    assert len(rows("SELECT * FROM effects")) == 1
    assert {letter.queue for letter in clinic.letters} == {"probe-service.tests.note"}
    causes = sorted(letter.cause for letter in clinic.letters)
    assert causes[0] == "Permanent: not a enrollment.completed/v1 (body: json_invalid)"
    assert causes[1].startswith("Permanent: not a enrollment.completed/v1 (enrollment_id: missing,")
    assert causes[2] == "Permanent: this handler does not read enrollment.completed/v9"
    assert causes[3:] == ["Permanent: unlucky", "no usable CloudEvents headers"]
    assert b"not json \xff" in {letter.body for letter in clinic.letters}


async def test_a_replayed_letter_reaches_its_handler_alone_and_exactly_once(
    worker: RunWorker,
    announce: Announce,
    sessions: Sessions,
    make_completion: MakeCompletion,
    rows: Rows,
) -> None:
    clinic = Clinic()

    async def other(session: AsyncSession, event: EnrollmentCompleted) -> None:
        values = {"h": "other", "i": event.event_id, "s": event.subject, "v": event.version}
        await session.execute(EFFECT, values)

    async def both_noted() -> bool:
        return rows("SELECT handler FROM effects ORDER BY n") == [("other",), ("note",)]

    async with worker(
        on(EnrollmentCompleted, clinic.note),
        on(EnrollmentCompleted, other),
        on_dead_letters(clinic.keep),
    ):
        await announce(make_completion(version=13))
        await eventually(lambda: clinic.full(1))
        clinic.ill = False
        for _ in range(2):
            [letter] = clinic.letters
            async with sessions.begin() as session:
                assert letter.queue is not None
                replay(session, queue=letter.queue, body=letter.body, headers=letter.headers)
        await eventually(both_noted)

    assert await both_noted()
    assert len(clinic.letters) == 1


async def test_a_letter_that_fails_again_after_its_replay_is_a_new_letter(
    worker: RunWorker, announce: Announce, sessions: Sessions, make_completion: MakeCompletion
) -> None:
    clinic = Clinic()
    async with worker(on(EnrollmentCompleted, clinic.note), on_dead_letters(clinic.keep)):
        await announce(make_completion(version=13))
        await eventually(lambda: clinic.full(1))
        [letter] = clinic.letters
        async with sessions.begin() as session:
            replay(session, queue=letter.queue or "", body=letter.body, headers=letter.headers)
        await eventually(lambda: clinic.full(2))


async def test_an_unrouted_event_reaches_the_desk_without_a_queue(
    worker: RunWorker, announce: Announce, make_completion: MakeCompletion
) -> None:
    clinic = Clinic()
    async with worker(on_dead_letters(clinic.keep)):
        event = make_completion(uuid7())
        await announce(event)
        await eventually(lambda: clinic.full(1))

    [letter] = clinic.letters
    assert (letter.queue, letter.cause) == (None, "nobody listens to this type")
    assert letter.routing_key == "enrollment.completed"
    assert letter.message_id == headers_of(event)["cloudEvents:id"]
