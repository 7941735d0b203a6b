"""Opening and closing access."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.payment import ItemType, PaymentCaptured, RefundProcessed
from payment_service.entitlements import queries
from payment_service.entitlements.errors import EntitlementExists
from payment_service.entitlements.events import grant_of, revocation_of
from payment_service.entitlements.models import Entitlement
from payment_service.entitlements.schemas import EntitlementCheckOut, EntitlementIn
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.messaging import publish


async def grant_paid(session: AsyncSession, paid: PaymentCaptured) -> None:
    """Open what was paid for; an entitlement that an admin gave becomes a paid one."""
    entitlement = await queries.lock_or_add_entitlement(
        session, user_id=paid.user_id, item_type=paid.item_type, item_id=paid.item_id
    )
    entitlement.grant(order_id=paid.order_id, expires_at=None, at=now())
    publish(session, grant_of(entitlement, "PAYMENT"))


async def revoke_refunded(session: AsyncSession, refund: RefundProcessed) -> None:
    """Close what this order had opened, once all of its money has gone back."""
    if not refund.fully_refunded:
        return
    entitlement = await queries.find_entitlement_of_order(session, refund.order_id)
    if entitlement is not None and entitlement.revoke(now()):
        publish(session, revocation_of(entitlement, "REFUND"))


async def grant_entitlement(
    session: AsyncSession, *, wish: EntitlementIn, by: Principal
) -> Entitlement:
    """Give somebody access for nothing. Raises EntitlementExists if it is open already."""
    entitlement = await queries.lock_or_add_entitlement(
        session, user_id=wish.user_id, item_type=wish.item_type, item_id=wish.item_id
    )
    if entitlement.is_open(now()):
        raise EntitlementExists(entitlement_id=str(entitlement.id))
    entitlement.grant(order_id=None, expires_at=wish.expires_at, at=now())
    publish(session, grant_of(entitlement, "ADMIN", granted_by=by.user_id))
    return entitlement


async def revoke_entitlement(session: AsyncSession, *, entitlement_id: UUID, by: Principal) -> None:
    """Close it; repeating it changes nothing. Raises EntitlementNotFound."""
    entitlement = await queries.lock_entitlement(session, entitlement_id)
    if entitlement.revoke(now()):
        publish(session, revocation_of(entitlement, "ADMIN", revoked_by=by.user_id))


async def list_entitlements(
    session: AsyncSession, *, by: Principal, after: UUID | None, limit: int
) -> Sequence[Entitlement]:
    """The caller's open entitlements, newest first."""
    return await queries.list_entitlements(session, user_id=by.user_id, after=after, limit=limit)


async def check_entitlement(
    session: AsyncSession, *, item_type: ItemType, item_id: UUID, by: Principal
) -> EntitlementCheckOut:
    """Whether the caller may use the item now."""
    found = await queries.find_entitlement(
        session, user_id=by.user_id, item_type=item_type, item_id=item_id
    )
    entitled = found is not None and found.is_open(now())
    return EntitlementCheckOut(
        item_type=item_type,
        item_id=item_id,
        entitled=entitled,
        entitlement_id=found.id if found is not None and entitled else None,
        expires_at=found.expires_at if found is not None and entitled else None,
    )


async def lapse_one_entitlement(session: AsyncSession) -> bool:
    """Close one whose time is over. Returns False if there is none."""
    entitlement = await queries.take_lapsed_entitlement(session, now())
    if entitlement is None:
        return False
    if entitlement.revoke(now()):
        publish(session, revocation_of(entitlement, "EXPIRED"))
    return True
