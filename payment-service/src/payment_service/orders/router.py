"""`/payment/orders`: order, list, look."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from payment_service.doors import OpenTill, OwnSettings
from payment_service.orders import service
from payment_service.orders.models import Order
from payment_service.orders.schemas import OrderIn, OrderOut
from servicekit.access import Caller
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx
from servicekit.web.idempotency import OncePerKey
from servicekit.web.limits import RequestLimiter, limit_address

router = APIRouter(prefix="/payment/orders", tags=["orders"])


@router.post(
    "",
    response_model=OrderOut,
    status_code=201,
    dependencies=[Depends(limit_address("orders", "600/minute"))],
)
async def create_order(
    body: OrderIn,
    caller: Caller,
    once: OncePerKey,
    till: OpenTill,
    limiter: RequestLimiter,
) -> Response:
    """Order an item at the catalogue's price, less a coupon's discount.

    Pay the answer's `razorpay_order_id` in Razorpay Checkout; access opens by itself once the money
    is captured. A total of 0 is captured at once. A newer order of the same item replaces an older
    one that nobody has paid.
    """
    if body.coupon_code is not None:
        await limiter.hit("coupon-code", str(caller.user_id), "20/minute")

    async def answer(session: AsyncSession, order: Order) -> Response:
        out = OrderOut.of(order, key_id=till.settings.razorpay_key_id)
        return await once.answer(session, out, location=f"/api/v1/payment/orders/{order.id}")

    return await service.create_order(till, wish=body, by=caller, answer=answer)


@router.get("")
async def list_orders(
    caller: Caller,
    tx: Tx,
    settings: OwnSettings,
    limit: Annotated[Limit, Query()] = 20,
    cursor: Annotated[Cursor, Query()] = None,
) -> Page[OrderOut]:
    """My orders, newest first."""
    found = await service.list_orders(tx, by=caller, after=decode_id(cursor), limit=limit + 1)
    shown, next_cursor = page_of(found, limit, lambda order: (order.id,))
    items = [OrderOut.of(order, key_id=settings.razorpay_key_id) for order in shown]
    return Page(items=items, next_cursor=next_cursor)


@router.get("/{order_id}")
async def get_order(order_id: UUID, caller: Caller, tx: Tx, settings: OwnSettings) -> OrderOut:
    """One of my orders; admins see everybody's."""
    order = await service.get_order(tx, order_id=order_id, by=caller)
    return OrderOut.of(order, key_id=settings.razorpay_key_id)
