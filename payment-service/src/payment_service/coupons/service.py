"""Making, checking and using up coupons."""

import logging
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from payment_service.catalogue.models import CatalogueItem, ItemStatus
from payment_service.catalogue.queries import find_item
from payment_service.coupons import queries
from payment_service.coupons.errors import CouponCodeTaken, CouponNotFound, CouponNotUsable
from payment_service.coupons.events import creation_of, redemption_of
from payment_service.coupons.models import Coupon, RedemptionStatus
from payment_service.coupons.schemas import CouponCheckIn, CouponCheckOut, CouponIn, CouponOut
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.fields import to_minor
from servicekit.messaging import publish
from servicekit.problems import not_yet_supported

PARTNER_FIELDS = ("points_price", "company_id", "category_id", "stock")

log = logging.getLogger(__name__)


async def create_coupon(session: AsyncSession, *, wish: CouponIn, by: Principal) -> Coupon:
    """Make a checkout coupon. Raises CouponCodeTaken, NotYetSupported for a partner's fields."""
    for field in PARTNER_FIELDS:
        if getattr(wish, field) is not None:
            raise not_yet_supported(field)
    coupon = Coupon(
        **wish.model_dump(exclude={"amount", *PARTNER_FIELDS}),
        amount_minor=None if wish.amount is None else to_minor(wish.amount),
        remaining=wish.max_redemptions,
        created_by=by.user_id,
        created_at=now(),
    )
    session.add(coupon)
    try:
        await session.flush()
    except IntegrityError as taken:
        raise CouponCodeTaken from taken
    publish(session, creation_of(coupon))
    return coupon


async def list_coupons(
    session: AsyncSession, *, by: Principal | None, after: UUID | None, limit: int
) -> list[CouponOut]:
    """Coupons, newest first: all for admins, those that can be used now for everybody else."""
    sees_all = _sees_all(by)
    found = await queries.list_coupons(session, current_only=not sees_all, after=after, limit=limit)
    return await _shown(session, found, sees_all=sees_all)


async def get_coupon(session: AsyncSession, *, coupon_id: UUID, by: Principal | None) -> CouponOut:
    """One coupon. Raises CouponNotFound."""
    coupon = await queries.get_coupon(session, coupon_id)
    [shown] = await _shown(session, [coupon], sees_all=_sees_all(by))
    return shown


def _sees_all(by: Principal | None) -> bool:
    return by is not None and by.is_at_least(Role.ADMIN)


async def _shown(
    session: AsyncSession, coupons: Sequence[Coupon], *, sees_all: bool
) -> list[CouponOut]:
    if not sees_all:
        return [CouponOut.of(coupon, redeemed=None) for coupon in coupons]
    redeemed = await queries.count_redeemed(session, [coupon.id for coupon in coupons])
    return [CouponOut.of(coupon, redeemed=redeemed.get(coupon.id, 0)) for coupon in coupons]


async def validate_coupon(
    session: AsyncSession, *, wish: CouponCheckIn, by: Principal
) -> CouponCheckOut:
    """What the item would cost the caller with this code. Reserves nothing. Raises CouponNotFound
    when there is no such item on sale."""
    item = await find_item(session, item_type=wish.item_type, item_id=wish.item_id)
    if item is None or item.status is not ItemStatus.OPEN:
        raise CouponNotFound("There is no such item on sale")
    coupon = await queries.find_coupon_by_code(session, wish.code)
    reason = "UNKNOWN" if coupon is None else await _refusal(session, coupon, item, by)
    fits = coupon is not None and reason is None
    return CouponCheckOut.of(
        wish,
        valid=fits,
        reason=reason,
        currency=item.currency,
        price_minor=item.amount_minor,
        discount_minor=coupon.discount_on(item.amount_minor) if coupon and fits else 0,
    )


async def _refusal(
    session: AsyncSession, coupon: Coupon, item: CatalogueItem, by: Principal
) -> str | None:
    reason = coupon.refusal_for(
        item_type=item.item_type, item_id=item.item_id, currency=item.currency, at=now()
    )
    if reason is not None:
        return reason
    if coupon.remaining == 0:
        return "USED_UP"
    uses = await queries.count_uses(session, coupon_id=coupon.id, user_id=by.user_id)
    is_over = coupon.max_per_user is not None and uses >= coupon.max_per_user
    return "USED_BY_YOU" if is_over else None


async def redeem_held_coupon(session: AsyncSession, *, order_id: UUID) -> None:
    """The order is paid: its coupon is used for good. Orders without a coupon change nothing.

    An order paid after it had expired takes the coupon anew; if none remains the buyer keeps the
    price that was paid, and the counters stay what they are.
    """
    redemption = await queries.lock_redemption(session, order_id)
    if redemption is None or redemption.status is RedemptionStatus.REDEEMED:
        return
    coupon = await queries.get_coupon(session, redemption.coupon_id)
    if redemption.status is RedemptionStatus.FREED:
        try:
            async with session.begin_nested():
                await queries.take_coupon(session, coupon, user_id=redemption.user_id)
        except CouponNotUsable:
            log.warning(
                "a late payment used a coupon that is gone", extra={"order_id": str(order_id)}
            )
            return
    redemption.status, redemption.redeemed_at = RedemptionStatus.REDEEMED, now()
    redemption.version += 1
    publish(session, redemption_of(coupon, redemption))
