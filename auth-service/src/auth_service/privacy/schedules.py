"""Nobody is let off the answer."""

from collections import Counter
from typing import Any

from prometheus_client import Gauge

from auth_service.privacy import service
from auth_service.privacy.queries import list_open
from servicekit.clock import now
from servicekit.worker import WorkerContext

AT_ONCE = 50

silent = Gauge(
    "docfliq_erasures_unanswered",
    "Erasures that a service has not answered within ten minutes",
    ["service"],
)


async def press_for_answers(context: WorkerContext[Any]) -> None:
    """Tell the services again, and operators by log and metric, who has not answered."""
    counts: Counter[str] = Counter()
    async with context.sessions.begin() as session:
        before = now() - service.PATIENCE
        for erasure in await list_open(session, requested_before=before, limit=AT_ONCE):
            counts.update(await service.press_for_answers(session, erasure))
    for name in service.ANSWERING:
        silent.labels(name).set(counts[name])
