"""What payment-service holds of people: the law keeps the books, without a name."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.catalogue.models import CatalogueItem
from payment_service.coupons.models import Coupon, CouponUse, Redemption
from payment_service.entitlements.models import Entitlement
from payment_service.orders.models import Order
from payment_service.payments.models import Payment, Refund, Webhook
from payment_service.points.models import (
    LeaderboardEntry,
    Player,
    PointsAccount,
    PointsTransaction,
)
from servicekit.privacy import Erased, Register, erased, kept

TAX = "books of account are kept for eight years (Companies Act 2013, section 128)"


async def empty_webhooks(session: AsyncSession, who: Erased) -> Mapping[str, int]:
    """Razorpay sends along what it knows of a payer; what was applied needs its words no longer."""
    mine = select(Order.razorpay_order_id).where(
        Order.user_id == who.user_id, Order.razorpay_order_id.is_not(None)
    )
    known = (await session.scalars(mine)).all()
    named = [
        func.position(func.convert_to(literal(one), "UTF8").op("IN")(Webhook.body)) > 0
        for one in known
        if one
    ]
    if not named:
        return {}
    emptied = update(Webhook).where(Webhook.applied_at.is_not(None), or_(*named))
    result: Any = await session.execute(emptied.values(body=b"{}", last_error=None))
    return {"webhooks": result.rowcount}


def _orders_of(column: Any) -> Any:
    def mine(user_id: UUID) -> ColumnElement[bool]:
        found: ColumnElement[bool] = column.in_(select(Order.id).where(Order.user_id == user_id))
        return found

    return mine


REGISTER = Register(
    before=(empty_webhooks,),
    holdings=(
        kept(
            Payment,
            mine=_orders_of(Payment.order_id),
            blank={"failure_reason": null()},
            why=TAX,
        ),
        kept(
            Refund,
            mine=_orders_of(Refund.order_id),
            blank={"reason": null(), "last_error": null()},
            why=TAX,
        ),
        kept(Refund, "requested_by", take="", why="the refund of somebody else stands"),
        kept(Order, "user_id", blank={"failure_reason": null()}, why=TAX),
        kept(Entitlement, "user_id", why="access is open exactly when it is paid"),
        kept(Redemption, "user_id", why="coupons that were used are counted"),
        kept(CouponUse, "user_id", why="coupons that were used are counted"),
        kept(Coupon, "created_by", why="others use it"),
        kept(CatalogueItem, "owner_id", why="the item is on sale, or was sold"),
        erased(PointsTransaction, "user_id"),
        erased(PointsAccount, "user_id"),
        erased(LeaderboardEntry, "user_id"),
        erased(Player, "user_id"),
    ),
    not_personal=frozenset(
        {
            "points_rules",
            # `empty_webhooks` looks into it.
            "webhooks",
            "catalogue_items.item_id",
            "catalogue_items.title",
            "catalogue_items.currency",
            "coupons.code",
            "coupons.currency",
            "coupons.item_id",
            "entitlements.item_id",
            "orders.currency",
            "orders.item_id",
            "orders.item_title",
            # Numbers by which Razorpay and the books know a payment.
            "orders.razorpay_order_id",
            "orders.razorpay_payment_id",
            "orders.receipt_number",
            "payments.currency",
            "payments.razorpay_payment_id",
            "points_transactions.event_id",
            "redemptions.currency",
            "refunds.currency",
            "refunds.razorpay_refund_id",
            # Amounts that disagree, and what Razorpay calls the cause.
            "reviews",
        }
    ),
)
