"""What happens to quizzes by itself."""

from typing import Any

from course_service.assessment import service
from servicekit.worker import WorkerContext


async def submit_abandoned_attempts(context: WorkerContext[Any]) -> None:
    """Hand in, at their deadline, attempts that nobody handed in."""
    submitted = 100
    while submitted == 100:
        async with context.sessions.begin() as session:
            submitted = await service.submit_abandoned(session, limit=100)
