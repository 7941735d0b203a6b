"""How money opens and closes access."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import PaymentCaptured, RefundProcessed
from payment_service.entitlements import service


async def open_or_close_access(
    session: AsyncSession, event: PaymentCaptured | RefundProcessed
) -> None:
    """What an order paid for opens; once it is wholly refunded it closes. In the order's order."""
    if isinstance(event, PaymentCaptured):
        await service.grant_paid(session, event)
    else:
        await service.revoke_refunded(session, event)
