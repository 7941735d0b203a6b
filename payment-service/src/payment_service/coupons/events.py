"""Coupons as events."""

from contracts.payment import CouponCreated, CouponRedeemed
from payment_service.coupons.models import Coupon, Redemption


def creation_of(coupon: Coupon) -> CouponCreated:
    """An admin has made a coupon. It never changes, so this is its only event."""
    return CouponCreated(
        version=1,
        coupon_id=coupon.id,
        kind=coupon.kind,
        item_type=coupon.item_type,
        item_id=coupon.item_id,
        max_redemptions=coupon.max_redemptions,
        created_by=coupon.created_by,
    )


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
