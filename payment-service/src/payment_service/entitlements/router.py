"""`/entitlements`: what I may use; admins give and take."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from contracts.payment import ItemType
from payment_service.entitlements import service
from payment_service.entitlements.models import Entitlement
from payment_service.entitlements.schemas import (
    EntitlementCheckOut,
    EntitlementIn,
    EntitlementOut,
)
from servicekit.access import Admin, Caller
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx

router = APIRouter(prefix="/entitlements", tags=["entitlements"])


@router.get("/check")
async def check_entitlement(
    item_type: ItemType, item_id: UUID, caller: Caller, tx: Tx
) -> EntitlementCheckOut:
    """Whether I may use the item now."""
    return await service.check_entitlement(tx, item_type=item_type, item_id=item_id, by=caller)


@router.get("")
async def list_entitlements(
    caller: Caller,
    tx: Tx,
    limit: Annotated[Limit, Query()] = 20,
    cursor: Annotated[Cursor, Query()] = None,
) -> Page[EntitlementOut]:
    """My open entitlements, newest first."""
    found = await service.list_entitlements(tx, by=caller, after=decode_id(cursor), limit=limit + 1)
    items, next_cursor = page_of(found, limit, lambda entitlement: (entitlement.id,))
    shown = [EntitlementOut.model_validate(entitlement) for entitlement in items]
    return Page(items=shown, next_cursor=next_cursor)


@router.post("", response_model=EntitlementOut, status_code=201)
async def grant_entitlement(
    body: EntitlementIn, caller: Admin, tx: Tx, response: Response
) -> Entitlement:
    """Give somebody access for nothing."""
    entitlement = await service.grant_entitlement(tx, wish=body, by=caller)
    response.headers["Location"] = f"/api/v1/entitlements/{entitlement.id}"
    return entitlement


@router.delete("/{entitlement_id}", status_code=204)
async def revoke_entitlement(entitlement_id: UUID, caller: Admin, tx: Tx) -> None:
    """Take access away; repeating it changes nothing."""
    await service.revoke_entitlement(tx, entitlement_id=entitlement_id, by=caller)
