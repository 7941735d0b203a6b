"""What else sends money back."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.webinar import WebinarCancelled
from payment_service.payments import service


async def refund_cancelled_webinar(session: AsyncSession, cancelled: WebinarCancelled) -> None:
    """Everybody who paid for a webinar that will not take place gets all that is left back."""
    await service.refund_webinar(session, webinar_id=cancelled.webinar_id)
