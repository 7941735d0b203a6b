"""What a service reacts to, as one typed table, and the queues that follow from it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.event import Event
from servicekit.messaging.envelope import routing_key

Order = Literal["any", "latest", "aggregate"]
E = TypeVar("E", bound=Event)
LINGER_SECS = 0.002
Handler = Callable[[AsyncSession, E], Awaitable[None]]
ListHandler = Callable[[AsyncSession, Sequence[E]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A dead letter or unrouted message as the broker holds it; `queue` could not handle it."""

    body: bytes
    headers: dict[str, Any]
    queue: str | None
    cause: str
    routing_key: str
    message_id: str | None


DeskHandler = Callable[[AsyncSession, Sequence[RawMessage]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One row of the table: event, handler, order, and how many share a transaction.

    A list handler waits `linger_secs` for more to come before it writes.
    """

    event: type[Event]
    handler: Callable[[AsyncSession, Any], Awaitable[None]]
    order: Order
    batch: int
    many: bool
    linger_secs: float = LINGER_SECS


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The desk's row: its handler takes whatever `docfliq.dead` and `docfliq.unrouted` hold."""

    handler: DeskHandler
    batch: int


@dataclass(frozen=True, slots=True)
class Retired:
    """A queue that no code reads any more: `successor`, if any, empties it; then it is deleted."""

    queue: str
    successor: Callable[[AsyncSession, Any], Awaitable[None]] | None = None


def on(
    event: type[E], handler: Handler[E], *, order: Order = "any", batch: int = 20
) -> Subscription:
    """`handler` gets one event a call; up to `batch` calls share a transaction."""
    return Subscription(event, handler, order, batch, many=False)


def on_batch(
    event: type[E], handler: ListHandler[E], *, order: Order = "any", batch: int = 100
) -> Subscription:
    """`handler` gets the list of new events of a transaction, at most `batch`, and writes once."""
    return Subscription(event, handler, order, batch, many=True)


def on_every(
    events: Iterable[type[Event]], handler: ListHandler[Event], *, linger_secs: float = LINGER_SECS
) -> tuple[Subscription, ...]:
    """One row for each of `events`, all with the same list handler and so in one queue.

    What nobody waits for is cheaper in larger batches: then let it linger.
    """
    row = partial(Subscription, handler=handler, order="any", batch=100, many=True)
    return tuple(row(event, linger_secs=linger_secs) for event in events)


def on_dead_letters(handler: DeskHandler, *, batch: int = 20) -> DeadLetters:
    """The desk: `handler` writes raw messages down, each exactly once."""
    return DeadLetters(handler, batch)


@dataclass(frozen=True, slots=True)
class HandlerQueue:
    """One handler with its queue and every event class that it reads."""

    name: str
    handler: Callable[[AsyncSession, Any], Awaitable[None]]
    order: Order
    batch: int
    many: bool
    linger_secs: float
    events: Mapping[tuple[str, int], type[Event]]

    @property
    def ordered(self) -> bool:
        """Whether an aggregate's events wait for each other."""
        return self.order == "aggregate"

    @property
    def binding_keys(self) -> list[str]:
        """What the queue binds on `docfliq.events`: exactly the versions that the handler reads."""
        return [routing_key(event) for event in self.events.values()]


def queue_name(service: str, handler: Callable[..., Any]) -> str:
    """`<service>.<domain>.<handler>`; `course_service.certificates.consumers` is `certificates`."""
    package, *inside = handler.__module__.split(".")
    domain = inside[0] if len(inside) > 1 else (inside or [package])[-1]
    return f"{service}.{domain}.{handler.__name__}"


def queues_of(
    service: str, subscriptions: Iterable[Subscription | DeadLetters]
) -> list[HandlerQueue]:
    """One queue per handler. Raises ValueError when rows of one handler disagree."""
    rows: dict[str, list[Subscription]] = {}
    for row in subscriptions:
        if isinstance(row, Subscription):
            rows.setdefault(queue_name(service, row.handler), []).append(row)
    return [_queue(name, same) for name, same in rows.items()]


def _queue(name: str, rows: list[Subscription]) -> HandlerQueue:
    first = rows[0]
    for row in rows:
        if replace(row, event=first.event) != first:
            raise ValueError(f"the rows of {name} disagree on handler, order, batch or linger")
    return HandlerQueue(
        name=name,
        handler=first.handler,
        order=first.order,
        batch=first.batch,
        many=first.many,
        linger_secs=first.linger_secs,
        events={(row.event.name, row.event.schema_version): row.event for row in rows},
    )
