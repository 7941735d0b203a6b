"""A worker that dies where it is told: `PROBE_DIES=sent:2` is SIGKILL at the second pass."""

import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from aiormq.channel import Channel
from pydantic_settings import SettingsConfigDict
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import EnrollmentCompleted
from contracts.event import Event
from servicekit.clock import now
from servicekit.messaging import RawMessage, on, on_batch, on_dead_letters
from servicekit.messaging.consumer import Consumer
from servicekit.messaging.deferred import Deferred
from servicekit.messaging.inbox import Inbox
from servicekit.messaging.relay import Relay
from servicekit.settings import ServiceSettings
from servicekit.worker import run_worker

EFFECT = text("INSERT INTO effects (handler, event_id, subject, version) VALUES (:h, :i, :s, :v)")
LETTER = text("INSERT INTO letters (queue, cause, body, headers) VALUES (:q, :c, :b, :h)")

STEPS: dict[str, tuple[type, str, str]] = {
    "read": (Relay, "_next", "after"),
    "sending": (Relay, "_send", "after"),
    "sent": (Relay, "_outcomes", "after"),
    "deleted": (Relay, "_next", "after deleting"),
    "arrived": (Consumer, "_settle", "before"),
    "claimed": (Inbox, "_known", "after"),
    "handled": (Inbox, "run", "after"),
    "committed": (Inbox, "_handle_all", "after"),
    "settled": (Consumer, "_settle", "after"),
    "acked": (Channel, "basic_ack", "after"),
    "failed": (Inbox, "_fail", "before"),
    "deferred": (Inbox, "_fail", "after"),
    "counted": (Deferred, "_try", "before"),
    "cleared": (Deferred, "_clear", "after"),
    "retried": (Deferred, "_try", "after"),
}

met: dict[UUID, datetime] = {}


class ProbeSettings(ServiceSettings):
    """The environment of the victim."""

    model_config = SettingsConfigDict(env_prefix="PROBE_")

    service: ClassVar[str] = "probe-service"
    dies: str = ""
    crashes: bool = False


def effect_of(handler: str, event: Event) -> dict[str, Any]:
    """A row that tells who handled what. Nothing in the table refuses a second one."""
    return {"h": handler, "i": event.event_id, "s": event.subject, "v": event.version}


async def keep(session: AsyncSession, event: EnrollmentCompleted) -> None:
    """One effect for each event, in any order."""
    await session.execute(EFFECT, effect_of("keep", event))


async def keep_in_order(session: AsyncSession, event: EnrollmentCompleted) -> None:
    """One effect for each event, in order; every seventh fails while it is fresh.

    Fresh is 3 s old, or known for 3 s to a process that is to die: it may start slowly, and must
    have something to fail at.
    """
    await session.execute(EFFECT, effect_of("keep_in_order", event))
    known = met.setdefault(event.event_id, now())
    since = known if session.info["settings"].dies else event.happened_at
    if event.version % 7 == 0 and now() - since < timedelta(seconds=3):
        raise RuntimeError("too fresh")


async def keep_many(session: AsyncSession, events: Sequence[EnrollmentCompleted]) -> None:
    """Many effects in one statement."""
    await session.execute(EFFECT, [effect_of("keep_many", event) for event in events])


async def crash(session: AsyncSession, event: EnrollmentCompleted) -> None:
    """Kill the process over every event of version 13, as long as told to."""
    if event.version == 13 and session.info["settings"].crashes:
        os.kill(os.getpid(), signal.SIGKILL)
    await session.execute(EFFECT, effect_of("crash", event))


async def write_down(session: AsyncSession, letters: Sequence[RawMessage]) -> None:
    """The desk."""
    rows = [
        {"q": one.queue, "c": one.cause, "b": one.body, "h": str(one.headers)} for one in letters
    ]
    await session.execute(LETTER, rows)


def die_at(step: str, passes: int) -> None:
    """Make the method of `step` kill this process at its n-th pass."""
    owner, name, when = STEPS[step]
    method: Callable[..., Awaitable[Any]] = getattr(owner, name)
    left = passes

    async def deadly(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        deletes = when == "after deleting" and bool(args[0]._confirmed)
        left -= when == "before"
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        result = await method(*args, **kwargs)
        left -= deletes or (when == "after" and result != [])
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, deadly)


if __name__ == "__main__":
    step, _, passes = ProbeSettings().dies.partition(":")
    if step:
        die_at(step, int(passes or 1))
    run_worker(
        ProbeSettings,
        subscriptions=[
            on(EnrollmentCompleted, keep),
            on(EnrollmentCompleted, keep_in_order, order="aggregate"),
            on_batch(EnrollmentCompleted, keep_many),
            on(EnrollmentCompleted, crash),
            on_dead_letters(write_down),
        ],
    )
