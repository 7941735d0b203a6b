"""`python -m <service>.worker`: relay, consumers, deferred rows, schedules, health."""

import asyncio
import gc
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine

from servicekit.database import Sessions, new_engine, new_sessions
from servicekit.messaging.broker import Link, Supervisor
from servicekit.messaging.consumer import Consumer
from servicekit.messaging.deferred import Deferred
from servicekit.messaging.desk import Desk
from servicekit.messaging.hub import LiveHub
from servicekit.messaging.inbox import Inbox
from servicekit.messaging.relay import Relay
from servicekit.messaging.retired import drain_retired
from servicekit.messaging.subscriptions import DeadLetters, Retired, Subscription, queues_of
from servicekit.messaging.sweep import sweep_kit_tables
from servicekit.settings import ServiceSettings
from servicekit.telemetry import configure_logging, tracer_provider
from servicekit.worker_http import Health

STOP_WITHIN = 15.0
_BACKOFF = (1.0, 60.0)
_RESERVED = 3

S = TypeVar("S", bound=ServiceSettings)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerContext(Generic[S]):
    """What a schedule or sender works with."""

    settings: S
    engine: AsyncEngine
    sessions: Sessions
    hub: LiveHub


Scheduled = Callable[[WorkerContext[Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A function that runs again and again, never twice at a time in one process."""

    seconds: float
    function: Scheduled


def every(seconds: float, function: Scheduled) -> Schedule:
    """Run `function(context)` `seconds` after it last ended; a minute at most after failures."""
    return Schedule(seconds, function)


def run_worker(
    settings_class: type[ServiceSettings],
    *,
    subscriptions: Sequence[Subscription | DeadLetters],
    retired: Sequence[Retired] = (),
    schedules: Sequence[Schedule] = (),
) -> None:
    """Run until SIGTERM or SIGINT. Starts, and goes on, while broker or database are away."""
    settings = settings_class()
    configure_logging(settings)
    uvloop.run(serve_worker(settings, subscriptions, retired, schedules))


async def serve_worker(
    settings: ServiceSettings,
    subscriptions: Sequence[Subscription | DeadLetters],
    retired: Sequence[Retired] = (),
    schedules: Sequence[Schedule] = (),
) -> None:
    """The worker inside a running loop; ends by SIGTERM, SIGINT or cancellation."""
    engine = new_engine(settings)
    tracer_provider(settings, engine)
    worker = Worker(settings, engine, subscriptions, retired)
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, worker.stop.set)
    # What was imported stays for ever: the collector need not walk through it again and again.
    gc.collect()
    gc.freeze()
    try:
        async with worker.context.hub:
            await worker.run(schedules)
    finally:
        await engine.dispose()


class Worker:
    """The tasks of one process."""

    def __init__(
        self,
        settings: ServiceSettings,
        engine: AsyncEngine,
        subscriptions: Iterable[Subscription | DeadLetters],
        retired: Sequence[Retired] = (),
    ) -> None:
        hub = LiveHub(settings)
        sessions = new_sessions(engine, settings=settings, engine_side=hub)
        self.context = WorkerContext(settings, engine, sessions, hub)
        rows = list(subscriptions)
        queues = queues_of(settings.service, rows)
        self._inboxes = {
            queue.name: Inbox(queue, sessions, settings.retry_delays) for queue in queues
        }
        # Handlers never wait for each other's connections longer than for their own.
        slots = asyncio.Semaphore(max(1, settings.pool_size - _RESERVED))
        self._consumers: list[Consumer | Desk] = [
            *(Consumer(inbox, slots) for inbox in self._inboxes.values()),
            *(
                Desk(settings.service, row, sessions)
                for row in rows
                if isinstance(row, DeadLetters)
            ),
        ]
        self._retired = retired
        self._deferred = Deferred(self._inboxes, sessions, settings.retry_delays)
        self.health = Health(self.context, lambda: self._consuming.connected)
        self.stop = asyncio.Event()
        self._relaying = self._supervisor("relay", Relay(settings).serve)
        self._consuming = self._supervisor("consumers", self._consume)

    async def run(self, schedules: Sequence[Schedule]) -> None:
        """Work until told to stop, then let handlers finish."""
        loops: list[Coroutine[Any, Any, None]] = [
            self._relaying.run(),
            self._deferred.run(),
            self.health.serve(),
            *(repeat(self.context, schedule) for schedule in schedules),
            repeat(self.context, every(3600, sweep_kit_tables)),
        ]
        tasks = [asyncio.create_task(loop) for loop in loops]
        consuming = asyncio.create_task(self._consuming.run())
        stop = asyncio.create_task(self.stop.wait())
        try:
            # A loop never ends by itself: if one does, the process ends, and is started again.
            ended, _ = await asyncio.wait({stop, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            log.info("stopping")
            self.health.stopping = True
            for one in self._consumers:
                one.stop()
            await asyncio.wait({consuming}, timeout=STOP_WITHIN if self._consuming.connected else 0)
            for task in ended:
                task.result()
        finally:
            for task in (stop, consuming, *tasks):
                task.cancel()
            await asyncio.gather(stop, consuming, *tasks, return_exceptions=True)

    async def _consume(self, link: Link) -> None:
        await drain_retired(link, self._retired, self._inboxes, self.context.settings.service)
        async with asyncio.TaskGroup() as tasks:
            for one in self._consumers:
                tasks.create_task(one.serve(link))

    def _supervisor(self, role: str, serve: Callable[[Link], Awaitable[None]]) -> Supervisor:
        settings = self.context.settings
        name = f"{settings.service}/{settings.instance} {role}"
        return Supervisor(settings.broker_url.get_secret_value(), name, serve)


async def repeat(context: WorkerContext[Any], schedule: Schedule) -> None:
    """Run a schedule for ever. Its failures are logged and back off; they never end the process."""
    pause = _BACKOFF[0]
    while True:
        try:
            await schedule.function(context)
        except Exception:
            name = getattr(schedule.function, "__qualname__", "schedule")
            log.exception("a schedule failed", extra={"schedule": name})
            await asyncio.sleep(pause)
            pause = min(pause * 2, _BACKOFF[1])
        else:
            pause = _BACKOFF[0]
            await asyncio.sleep(schedule.seconds)
