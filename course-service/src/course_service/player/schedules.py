"""What happens to progress by itself."""

from typing import Any

from course_service.player import service
from servicekit.worker import WorkerContext

BATCH = 200
"""Learners measured in one transaction."""


async def remeasure_changed_lessons(context: WorkerContext[Any]) -> None:
    """Finish a lesson for whoever has seen enough of it since it became shorter."""
    waits = True
    while waits:
        async with context.sessions.begin() as session:
            waits = await service.remeasure_next(session, limit=BATCH)
