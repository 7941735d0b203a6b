"""Access that was given for a time ends by itself."""

from typing import Any

from payment_service.entitlements import service
from servicekit.worker import WorkerContext


async def lapse_entitlements(context: WorkerContext[Any]) -> None:
    """Close every entitlement whose time is over."""
    more = True
    while more:
        async with context.sessions.begin() as session:
            more = await service.lapse_one_entitlement(session)
