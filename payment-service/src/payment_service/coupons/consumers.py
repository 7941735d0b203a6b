"""How coupons hear that their order is paid."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import PaymentCaptured
from payment_service.coupons import service


async def redeem_coupon(session: AsyncSession, paid: PaymentCaptured) -> None:
    """The coupon that the order held is used for good."""
    await service.redeem_held_coupon(session, order_id=paid.order_id)
