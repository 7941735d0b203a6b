"""Licences lapse by themselves."""

from typing import Any

from auth_service.verification.queries import list_lapsed_ids
from auth_service.verification.service import lapse_document
from servicekit.clock import now
from servicekit.worker import WorkerContext

AT_ONCE = 200


async def lapse_documents(context: WorkerContext[Any]) -> None:
    """Let accepted documents lapse whose last day has passed, each in its own transaction."""
    async with context.sessions.begin() as session:
        lapsed = await list_lapsed_ids(session, today=now().date(), limit=AT_ONCE)
    for verification_id in lapsed:
        async with context.sessions.begin() as session:
            await lapse_document(session, verification_id=verification_id)
