"""From a wish to an order that can be paid."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.course import CourseVisibility
from contracts.payment import ItemType
from payment_service.catalogue.models import CatalogueItem, ItemStatus
from payment_service.catalogue.queries import find_item
from payment_service.coupons import queries as coupons
from payment_service.coupons.errors import CouponNotUsable
from payment_service.coupons.models import Coupon, Redemption, RedemptionStatus
from payment_service.entitlements.queries import find_entitlement
from payment_service.orders import queries
from payment_service.orders.errors import (
    AlreadyEntitled,
    AmountBelowMinimum,
    ItemIsFree,
    ItemNotForSale,
    ItemNotForYou,
    PaymentProviderAway,
    PaymentProviderRefused,
)
from payment_service.orders.events import capture_of, creation_of, expiry_of
from payment_service.orders.models import Order, OrderStatus
from payment_service.orders.schemas import OrderIn
from payment_service.payments.gateway import OutcomeUnknown, Refused
from payment_service.settings import Settings
from payment_service.till import Till
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.messaging import publish
from servicekit.problems import not_yet_supported

MINIMUM_MINOR = 100

T = TypeVar("T")
log = logging.getLogger(__name__)


async def create_order(
    till: Till,
    *,
    wish: OrderIn,
    by: Principal,
    answer: Callable[[AsyncSession, Order], Awaitable[T]],
) -> T:
    """Reserve, ask Razorpay, then answer: two short transactions around the call.

    `answer` runs in the last transaction, so that what it keeps is kept with the effect.
    An order whose total is 0 is captured in the first one, without Razorpay.
    Raises NotYetSupported, ItemNotForSale, ItemNotForYou, ItemIsFree, AlreadyEntitled,
    CouponNotUsable, AmountBelowMinimum, PaymentProviderAway, PaymentProviderRefused.
    """
    _refuse_unbuilt(wish)
    async with till.sessions.begin() as session:
        order = await _open_order(session, wish=wish, by=by, settings=till.settings)
        if order.amount_minor == 0:
            return await answer(session, order)

    razorpay_order_id = await _ask_razorpay(till, order)

    async with till.sessions.begin() as session:
        order = await queries.lock_order(session, order.id)
        order.razorpay_order_id = razorpay_order_id
        return await answer(session, order)


async def list_orders(
    session: AsyncSession, *, by: Principal, after: UUID | None, limit: int
) -> Sequence[Order]:
    """The caller's orders, newest first."""
    return await queries.list_orders(session, user_id=by.user_id, after=after, limit=limit)


async def get_order(session: AsyncSession, *, order_id: UUID, by: Principal) -> Order:
    """The caller's own order; an admin sees everybody's. Raises OrderNotFound."""
    owner = None if by.is_at_least(Role.ADMIN) else by.user_id
    return await queries.get_order(session, order_id, user_id=owner)


async def expire_order(session: AsyncSession, order: Order) -> None:
    """Close an order that nobody paid and free its coupon. The row is locked by the caller."""
    if order.expire(now()):
        await coupons.free_hold(session, order.id)
        publish(session, expiry_of(order))


def _refuse_unbuilt(wish: OrderIn) -> None:
    if wish.item_type is ItemType.MEMBERSHIP:
        raise not_yet_supported("item_type")
    if wish.points:
        raise not_yet_supported("points")


async def _open_order(
    session: AsyncSession, *, wish: OrderIn, by: Principal, settings: Settings
) -> Order:
    item = await _get_item_on_sale(session, wish, by)
    await queries.lock_purchase(
        session, user_id=by.user_id, item_type=item.item_type, item_id=item.item_id
    )
    await _refuse_owned(session, item, by)
    await _supersede(session, item, by)

    present = now()
    order = Order(
        user_id=by.user_id,
        item_type=item.item_type,
        item_id=item.item_id,
        item_title=item.title,
        list_minor=item.amount_minor,
        discount_minor=0,
        amount_minor=item.amount_minor,
        captured_minor=0,
        refunded_minor=0,
        currency=item.currency,
        status=OrderStatus.CREATED,
        version=0,
        created_at=present,
        expires_at=present + timedelta(minutes=settings.order_mins),
        next_check_at=present + timedelta(seconds=settings.reconcile_after_secs),
    )
    if wish.coupon_code is not None:
        await _apply_coupon(session, order, wish.coupon_code)
    if 0 < order.amount_minor < MINIMUM_MINOR:
        raise AmountBelowMinimum(amount_minor=order.amount_minor, currency=order.currency)
    await _begin(session, order)
    return order


async def _begin(session: AsyncSession, order: Order) -> None:
    session.add(order)
    await session.flush()
    publish(session, creation_of(order))
    if order.amount_minor == 0:
        receipt_number = await queries.next_receipt_number(session)
        order.capture(razorpay_payment_id=None, receipt_number=receipt_number, at=now())
        publish(session, capture_of(order))


async def _get_item_on_sale(session: AsyncSession, wish: OrderIn, by: Principal) -> CatalogueItem:
    item = await find_item(session, item_type=wish.item_type, item_id=wish.item_id)
    if item is None or item.status is not ItemStatus.OPEN:
        raise ItemNotForSale
    if item.visibility is CourseVisibility.MEMBER_ONLY and not by.is_at_least(Role.MEMBER):
        raise ItemNotForYou(needs="member")
    if item.visibility is CourseVisibility.VERIFIED_ONLY and not by.verified:
        raise ItemNotForYou(needs="verified")
    if item.amount_minor == 0:
        raise ItemIsFree
    return item


async def _refuse_owned(session: AsyncSession, item: CatalogueItem, by: Principal) -> None:
    """Access that is open, and a payment whose access is only on its way, are both refusals."""
    entitlement = await find_entitlement(
        session, user_id=by.user_id, item_type=item.item_type, item_id=item.item_id
    )
    if entitlement is not None and entitlement.is_open(now()):
        raise AlreadyEntitled(entitlement_id=str(entitlement.id))
    paid = await queries.find_paid_order(
        session, user_id=by.user_id, item_type=item.item_type, item_id=item.item_id
    )
    if paid is not None:
        raise AlreadyEntitled(order_id=str(paid.id))


async def _supersede(session: AsyncSession, item: CatalogueItem, by: Principal) -> None:
    # The newest wish counts: what an abandoned one had reserved is free for this one.
    for order in await queries.lock_open_orders(
        session, user_id=by.user_id, item_type=item.item_type, item_id=item.item_id
    ):
        await expire_order(session, order)


async def _apply_coupon(session: AsyncSession, order: Order, code: str) -> None:
    coupon = await coupons.find_coupon_by_code(session, code)
    if coupon is None:
        raise CouponNotUsable(reason="UNKNOWN")
    _refuse_unfit(coupon, order)
    await coupons.take_coupon(session, coupon, user_id=order.user_id)
    order.coupon_id = coupon.id
    order.discount_minor = coupon.discount_on(order.list_minor)
    order.amount_minor = order.list_minor - order.discount_minor
    session.add(
        Redemption(
            coupon_id=coupon.id,
            user_id=order.user_id,
            order_id=order.id,
            discount_minor=order.discount_minor,
            currency=order.currency,
            status=RedemptionStatus.HELD,
            version=0,
            created_at=order.created_at,
        )
    )


def _refuse_unfit(coupon: Coupon, order: Order) -> None:
    reason = coupon.refusal_for(
        item_type=order.item_type, item_id=order.item_id, currency=order.currency, at=now()
    )
    if reason is not None:
        raise CouponNotUsable(reason=reason)


async def _ask_razorpay(till: Till, order: Order) -> str:
    try:
        return await till.gateway.create_order(
            receipt=str(order.id), amount_minor=order.amount_minor, currency=order.currency
        )
    except OutcomeUnknown as unknown:
        # The order stays open: the reconciler finds what Razorpay made of it, or it expires.
        log.warning("the payment provider does not answer", extra={"order_id": str(order.id)})
        raise PaymentProviderAway(retry_after_secs=2) from unknown
    except Refused as refused:
        async with till.sessions.begin() as session:
            await expire_order(session, await queries.lock_order(session, order.id))
        log.exception("the payment provider refused an order", extra={"order_id": str(order.id)})
        raise PaymentProviderRefused from refused
