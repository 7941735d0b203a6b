"""Coupons as events."""

from contracts.payment import CouponRedeemed
from payment_service.coupons.models import Coupon, Redemption


def redemption_of(coupon: Coupon, redemption: Redemption) -> CouponRedeemed:
    """A coupon was used for an order that is paid."""
    return CouponRedeemed(
        version=redemption.version,
        redemption_id=redemption.id,
        coupon_id=coupon.id,
        code=coupon.code,
        user_id=redemption.user_id,
        order_id=redemption.order_id,
        discount_minor=redemption.discount_minor,
        currency=redemption.currency,
    )
