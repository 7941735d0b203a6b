"""Licences lapse by themselves."""

import logging
from typing import Any
from uuid import UUID

from auth_service.verification.queries import list_lapsed_ids
from auth_service.verification.service import lapse_document
from servicekit.clock import now
from servicekit.worker import WorkerContext

AT_ONCE = 200

log = logging.getLogger(__name__)


async def lapse_documents(context: WorkerContext[Any]) -> None:
    """Let accepted documents lapse whose last day has passed, each in its own transaction.

    One that fails keeps none of the others waiting; it is tried again the next time.
    """
    today, after = now().date(), UUID(int=0)
    while True:
        async with context.sessions.begin() as session:
            lapsed = await list_lapsed_ids(session, today=today, after=after, limit=AT_ONCE)
        for verification_id in lapsed:
            try:
                async with context.sessions.begin() as session:
                    await lapse_document(session, verification_id=verification_id)
            except Exception:
                log.exception(
                    "a document did not lapse", extra={"verification_id": str(verification_id)}
                )
        if len(lapsed) < AT_ONCE:
            return
        after = lapsed[-1]
