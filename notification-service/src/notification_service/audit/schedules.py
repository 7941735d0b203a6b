"""What is noted of the chain outside the database."""

import logging

from notification_service.audit.queries import get_head
from notification_service.settings import Settings
from servicekit.worker import WorkerContext

log = logging.getLogger(__name__)


async def note_head(context: WorkerContext[Settings]) -> None:
    """Tell the log how far the chain reaches; `known=` of a later check compares with it."""
    async with context.sessions() as session:
        head = await get_head(session)
    log.info("the audit trail stands", extra={"entries": head.number, "head": head.hash})
