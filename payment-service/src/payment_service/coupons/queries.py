"""Coupons and their counters; what can run out changes only where enough remains."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.coupons.errors import CouponNotFound, CouponNotUsable
from payment_service.coupons.models import Coupon, CouponUse, Redemption, RedemptionStatus
from servicekit.clock import now


async def find_coupon_by_code(session: AsyncSession, code: str) -> Coupon | None:
    """The coupon with that code, in upper case."""
    return await session.scalar(select(Coupon).where(Coupon.code == code))


async def get_coupon(session: AsyncSession, coupon_id: UUID) -> Coupon:
    """Raises CouponNotFound."""
    coupon = await session.get(Coupon, coupon_id)
    if coupon is None:
        raise CouponNotFound
    return coupon


async def list_coupons(
    session: AsyncSession, *, current_only: bool, after: UUID | None, limit: int
) -> Sequence[Coupon]:
    """Coupons, newest first; `current_only` leaves out what is over or used up."""
    found = select(Coupon).order_by(Coupon.id.desc()).limit(limit)
    if current_only:
        at = now()
        found = found.where(
            or_(Coupon.starts_at.is_(None), Coupon.starts_at <= at),
            or_(Coupon.ends_at.is_(None), Coupon.ends_at > at),
            or_(Coupon.remaining.is_(None), Coupon.remaining > 0),
        )
    if after is not None:
        found = found.where(Coupon.id < after)
    return (await session.scalars(found)).all()


async def count_uses(session: AsyncSession, *, coupon_id: UUID, user_id: UUID) -> int:
    """How often the person holds or has used the coupon."""
    uses = await session.get(CouponUse, (coupon_id, user_id))
    return 0 if uses is None else uses.uses


async def take_coupon(session: AsyncSession, coupon: Coupon, *, user_id: UUID) -> None:
    """Count one use. Raises CouponNotUsable when none remains, in all or for this person."""
    one = update(Coupon).where(
        Coupon.id == coupon.id, or_(Coupon.remaining.is_(None), Coupon.remaining >= 1)
    )
    taken = await session.scalar(
        one.values(remaining=Coupon.remaining - 1)
        .returning(Coupon.id)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        raise CouponNotUsable(reason="USED_UP")

    row = insert(CouponUse).values(coupon_id=coupon.id, user_id=user_id, uses=1)
    below_cap = None if coupon.max_per_user is None else CouponUse.uses < coupon.max_per_user
    again = row.on_conflict_do_update(
        index_elements=["coupon_id", "user_id"], set_={"uses": CouponUse.uses + 1}, where=below_cap
    )
    if await session.scalar(again.returning(CouponUse.uses)) is None:
        raise CouponNotUsable(reason="USED_BY_YOU")


async def lock_redemption(session: AsyncSession, order_id: UUID) -> Redemption | None:
    """The coupon's use by that order, locked."""
    found = select(Redemption).where(Redemption.order_id == order_id).with_for_update()
    return await session.scalar(found)


async def free_hold(session: AsyncSession, order_id: UUID) -> None:
    """Give back what an order that was not paid had reserved. Repeating it changes nothing."""
    redemption = await lock_redemption(session, order_id)
    if redemption is None or redemption.status is not RedemptionStatus.HELD:
        return
    redemption.status = RedemptionStatus.FREED
    await session.execute(
        update(Coupon)
        .where(Coupon.id == redemption.coupon_id)
        .values(remaining=Coupon.remaining + 1)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(CouponUse)
        .where(CouponUse.coupon_id == redemption.coupon_id, CouponUse.user_id == redemption.user_id)
        .values(uses=CouponUse.uses - 1)
        .execution_options(synchronize_session=False)
    )


async def count_redeemed(session: AsyncSession, coupon_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How often each coupon was used for an order that is paid."""
    found = await session.execute(
        select(Redemption.coupon_id, func.count())
        .where(Redemption.coupon_id.in_(coupon_ids), Redemption.status == RedemptionStatus.REDEEMED)
        .group_by(Redemption.coupon_id)
    )
    return {coupon_id: int(count) for coupon_id, count in found}
