"""Orders that nobody pays do not stay open."""

from typing import Any

from payment_service.orders import queries, service
from servicekit.clock import now
from servicekit.worker import WorkerContext


async def expire_orders(context: WorkerContext[Any]) -> None:
    """Close every order whose time has run out, each in a transaction of its own."""
    while True:
        async with context.sessions.begin() as session:
            order = await queries.take_expired_order(session, now())
            if order is None:
                return
            await service.expire_order(session, order)
