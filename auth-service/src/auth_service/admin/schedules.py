"""Suspensions end by themselves."""

from typing import Any

from auth_service.admin.queries import list_ended_suspensions
from auth_service.admin.suspensions import end_suspension
from servicekit.clock import now
from servicekit.worker import WorkerContext

AT_ONCE = 200


async def reinstate_people(context: WorkerContext[Any]) -> None:
    """End the suspensions whose time has passed, each in its own transaction."""
    async with context.sessions.begin() as session:
        ended = await list_ended_suspensions(session, at=now(), limit=AT_ONCE)
    for user_id in ended:
        async with context.sessions.begin() as session:
            await end_suspension(session, user_id=user_id)
