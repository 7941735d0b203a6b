"""What else sends money back."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import ItemType, PaymentCaptured
from contracts.webinar import WebinarCancelled
from payment_service.catalogue.queries import close_item, is_closed
from payment_service.payments import service


async def refund_cancelled_webinar(session: AsyncSession, cancelled: WebinarCancelled) -> None:
    """Everybody who paid for a webinar that will not take place gets all that is left back.

    It is closed first, so that whoever pays meanwhile is seen here or by `refund_late_payment`.
    """
    await close_item(
        session,
        item_type=ItemType.WEBINAR,
        item_id=cancelled.webinar_id,
        version=cancelled.version,
    )
    await service.refund_webinar(session, webinar_id=cancelled.webinar_id)


async def refund_late_payment(session: AsyncSession, paid: PaymentCaptured) -> None:
    """Whoever pays for a webinar that was cancelled meanwhile gets the money back."""
    if paid.item_type is not ItemType.WEBINAR:
        return
    if await is_closed(session, item_type=ItemType.WEBINAR, item_id=paid.item_id):
        await service.refund_webinar(session, webinar_id=paid.item_id)
