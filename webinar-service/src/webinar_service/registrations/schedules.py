"""Nobody waits beside a free seat."""

from typing import Any

from servicekit.worker import WorkerContext
from webinar_service.registrations import queries, service


async def promote_all(context: WorkerContext[Any]) -> None:
    """Hand every free seat to who has waited longest, a webinar a transaction."""
    async with context.sessions() as session:
        webinar_ids = await queries.list_waiting_in_vain(session)
    for webinar_id in webinar_ids:
        async with context.sessions.begin() as session:
            await service.promote_one_webinar(session, webinar_id=webinar_id)
