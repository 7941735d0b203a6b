"""`/coupons`: make, read, try a code."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from payment_service.coupons import service
from payment_service.coupons.schemas import CouponCheckIn, CouponCheckOut, CouponIn, CouponOut
from servicekit.access import Admin, Caller, MaybeCaller
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx
from servicekit.web.limits import RequestLimiter, limit_address

router = APIRouter(prefix="/coupons", tags=["coupons"])


@router.post(
    "/validate",
    dependencies=[Depends(limit_address("coupon-code", "300/minute"))],
)
async def validate_coupon(
    body: CouponCheckIn, caller: Caller, tx: Tx, limiter: RequestLimiter
) -> CouponCheckOut:
    """What an item would cost me with this code. Reserves nothing; tries are counted."""
    await limiter.hit("coupon-code", str(caller.user_id), "20/minute")
    return await service.validate_coupon(tx, wish=body, by=caller)


@router.post("", status_code=201)
async def create_coupon(body: CouponIn, caller: Admin, tx: Tx, response: Response) -> CouponOut:
    """Make a checkout coupon."""
    coupon = await service.create_coupon(tx, wish=body, by=caller)
    response.headers["Location"] = f"/api/v1/coupons/{coupon.id}"
    return CouponOut.of(coupon, redeemed=0)


@router.get("")
async def list_coupons(
    caller: MaybeCaller,
    tx: Tx,
    limit: Annotated[Limit, Query()] = 20,
    cursor: Annotated[Cursor, Query()] = None,
) -> Page[CouponOut]:
    """Coupons that can be used now, newest first; admins see all, with codes and counts."""
    found = await service.list_coupons(tx, by=caller, after=decode_id(cursor), limit=limit + 1)
    items, next_cursor = page_of(found, limit, lambda coupon: (coupon.id,))
    return Page(items=items, next_cursor=next_cursor)


@router.get("/{coupon_id}")
async def get_coupon(coupon_id: UUID, caller: MaybeCaller, tx: Tx) -> CouponOut:
    """One coupon; its code is for admins."""
    return await service.get_coupon(tx, coupon_id=coupon_id, by=caller)
