"""Nobody is let off the answer; what people take along is packed, and forgotten in time."""

from typing import Any

from prometheus_client import Gauge

from auth_service.privacy import exports, service
from auth_service.privacy.queries import count_answered, list_unasked
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
    before = now() - service.PATIENCE
    async with context.sessions.begin() as session:
        for erasure in await list_unasked(session, asked_before=before, limit=AT_ONCE):
            await service.press_for_answers(session, erasure)
    async with context.sessions() as session:
        late, answered = await count_answered(session, requested_before=before)
    for name in service.ANSWERING:
        silent.labels(name).set(late - answered.get(name, 0))


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


async def sweep_exports(context: WorkerContext[Any]) -> None:
    """Remove what was written for an export that was no more."""
    await exports.sweep_exports(context.sessions, new_storage(context.settings))
