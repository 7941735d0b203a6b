"""Finding and locking orders."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import ItemType
from payment_service.entitlements.models import Entitlement
from payment_service.orders.errors import OrderNotFound
from payment_service.orders.models import BANKS_HOLD, PAID, Order, OrderStatus, receipt_numbers
from servicekit.clock import now

STILL_OPEN = (OrderStatus.CREATED, OrderStatus.FAILED)


async def get_order(session: AsyncSession, order_id: UUID, *, user_id: UUID | None = None) -> Order:
    """The order, of that buyer if one is named. Raises OrderNotFound."""
    found = select(Order).where(Order.id == order_id)
    if user_id is not None:
        found = found.where(Order.user_id == user_id)
    order = await session.scalar(found)
    if order is None:
        raise OrderNotFound
    return order


async def lock_order(session: AsyncSession, order_id: UUID) -> Order:
    """The order, locked and read anew. Raises OrderNotFound."""
    found = select(Order).where(Order.id == order_id).with_for_update()
    order = await session.scalar(found.execution_options(populate_existing=True))
    if order is None:
        raise OrderNotFound
    return order


async def find_order_at_razorpay(session: AsyncSession, razorpay_order_id: str) -> Order | None:
    """The order that Razorpay knows under that id."""
    return await session.scalar(select(Order).where(Order.razorpay_order_id == razorpay_order_id))


async def list_orders(
    session: AsyncSession, *, user_id: UUID, after: UUID | None, limit: int
) -> Sequence[Order]:
    """A buyer's orders, newest first."""
    mine = select(Order).where(Order.user_id == user_id).order_by(Order.id.desc()).limit(limit)
    if after is not None:
        mine = mine.where(Order.id < after)
    return (await session.scalars(mine)).all()


async def lock_open_orders(
    session: AsyncSession, *, user_id: UUID, item_type: ItemType, item_id: UUID
) -> Sequence[Order]:
    """A buyer's orders of an item that nobody has paid, locked."""
    found = select(Order).where(
        Order.user_id == user_id,
        Order.item_type == item_type,
        Order.item_id == item_id,
        Order.status.in_(STILL_OPEN),
        Order.expired_at.is_(None),
    )
    return (await session.scalars(found.order_by(Order.id).with_for_update())).all()


async def find_paid_order(
    session: AsyncSession, *, user_id: UUID, item_type: ItemType, item_id: UUID
) -> Order | None:
    """A buyer's newest order of an item that is paid, and whose access was not taken away since."""
    same = and_(
        Entitlement.user_id == Order.user_id,
        Entitlement.item_type == Order.item_type,
        Entitlement.item_id == Order.item_id,
    )
    stands = or_(Entitlement.revoked_at.is_(None), Order.captured_at > Entitlement.revoked_at)
    found = (
        select(Order)
        .outerjoin(Entitlement, same)
        .where(
            Order.user_id == user_id,
            Order.item_type == item_type,
            Order.item_id == item_id,
            Order.status.in_(PAID),
            stands,
        )
    )
    return await session.scalar(found.order_by(Order.captured_at.desc()).limit(1))


async def list_paid_order_ids(
    session: AsyncSession, *, item_type: ItemType, item_id: UUID
) -> Sequence[UUID]:
    """Every order of an item that is paid and not wholly refunded, oldest first."""
    found = select(Order.id).where(
        Order.item_type == item_type, Order.item_id == item_id, Order.status.in_(PAID)
    )
    return (await session.scalars(found.order_by(Order.id))).all()


async def lock_purchase(
    session: AsyncSession, *, user_id: UUID, item_type: ItemType, item_id: UUID
) -> None:
    """Let one transaction at a time decide which order of a buyer pays for an item."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:purchase, 0))"),
        {"purchase": f"{user_id}/{item_type}/{item_id}"},
    )


async def next_receipt_number(session: AsyncSession) -> str:
    """A number that no other receipt has; not gapless."""
    number = await session.scalar(select(receipt_numbers.next_value()))
    return f"DFQ-{now():%Y}-{number:06d}"


async def take_expired_order(session: AsyncSession, at: datetime) -> Order | None:
    """One order whose time has run out, locked; others' are skipped."""
    held = and_(Order.status == OrderStatus.AUTHORIZED, Order.created_at <= at - BANKS_HOLD)
    found = select(Order).where(
        Order.expires_at <= at,
        Order.expired_at.is_(None),
        or_(Order.status.in_(STILL_OPEN), held),
    )
    one = found.order_by(Order.expires_at).limit(1).with_for_update(skip_locked=True)
    return await session.scalar(one)


async def count_orders(session: AsyncSession) -> dict[str, int]:
    """How many orders are in each state."""
    found = await session.execute(select(Order.status, func.count()).group_by(Order.status))
    return {str(status): int(count) for status, count in found}
