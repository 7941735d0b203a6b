"""The doors of the backbone for tests: what was published, and a message that comes in."""

from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from contracts.event import Event
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging.envelope import Envelope, headers_of, routing_key
from servicekit.messaging.inbox import Inbox
from servicekit.messaging.outbox import write_pending
from servicekit.messaging.subscriptions import Subscription, queues_of

E = TypeVar("E", bound=Event)

_ROWS = text("SELECT payload, headers FROM outbox WHERE type = :type AND target = '' ORDER BY seq")


async def published(session: AsyncSession, event: type[E]) -> list[E]:
    """Every `event` in the outbox, oldest first, this session's own included."""
    await session.run_sync(write_pending)
    rows = await session.execute(_ROWS, {"type": routing_key(event)})
    found: list[E] = []
    for payload, headers in rows:
        known = {(event.name, event.schema_version): event}
        parsed = Envelope.read(headers, payload.encode()).parse(known)
        assert isinstance(parsed, event)  # noqa: S101  (this is a test's own door)
        found.append(parsed)
    return found


def envelope(event: Event) -> Envelope:
    """The message that carries `event`; stamps it if it was not published. Give the same one twice
    for a duplicate."""
    try:
        event.event_id  # noqa: B018  (asks whether it is stamped)
    except ValueError:
        event.stamped(uuid7(), now())
    return Envelope.read(headers_of(event), event.model_dump_json().encode())


async def receive(
    session: AsyncSession, subscription: Subscription, message: Event | Envelope
) -> bool:
    """Deliver a message the way the worker does, in one transaction. False if it is a duplicate.

    Whatever the handler raises comes out. Works inside the session's transaction and commits it.
    """
    carried = message if isinstance(message, Envelope) else envelope(message)
    [queue] = queues_of("test-service", [subscription])
    # The session is the caller's: no factory is needed to handle a message inside it.
    inbox = Inbox(queue, async_sessionmaker(), delays=())
    event = carried.parse(queue.events)
    count = await inbox.handle(session, [(carried, event)])
    await session.commit()
    session.expire_all()
    return count == 1
