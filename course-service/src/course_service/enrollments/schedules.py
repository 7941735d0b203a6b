"""What happens to enrollments by itself."""

from typing import Any

from course_service.enrollments import service
from servicekit.worker import WorkerContext

BATCH = 200
"""Enrollments counted in one transaction: those who change a course wait for one at most."""


async def recount_changed_courses(context: WorkerContext[Any]) -> None:
    """Complete whoever has nothing left to do since the lessons of their course changed."""
    waits = True
    while waits:
        async with context.sessions.begin() as session:
            waits = await service.recount_next(session, limit=BATCH)
