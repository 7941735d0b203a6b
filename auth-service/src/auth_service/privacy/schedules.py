"""Nobody is let off the answer; what people take along is packed, and forgotten in time."""

from collections import Counter
from typing import Any

from prometheus_client import Gauge

from auth_service.privacy import exports, service
from auth_service.privacy.queries import list_open
from servicekit.clock import now
from servicekit.storage import new_storage
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


async def assemble_exports(context: WorkerContext[Any]) -> None:
    """Pack every archive whose parts are there, or whose time is up."""
    storage, root = new_storage(context.settings), context.settings.storage_root
    while await exports.assemble_export(context.sessions, storage, storage_root=root):
        pass


async def forget_exports(context: WorkerContext[Any]) -> None:
    """Remove what nobody may fetch any more."""
    storage = new_storage(context.settings)
    while await exports.forget_export(context.sessions, storage):
        pass
