"""Invites: the doors."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response, status

from auth_service.invites import service
from auth_service.invites.schemas import (
    InviteCode,
    InviteFilter,
    InviteIn,
    InviteOut,
    NewInviteOut,
    OfferOut,
    RedeemIn,
    RedemptionOut,
)
from servicekit.access import Admin, Caller
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx
from servicekit.web.idempotency import OncePerKey
from servicekit.web.limits import RequestLimiter, limit_address

router = APIRouter(tags=["invites"])

PER_ADDRESS = [Depends(limit_address("invites", "600/minute"))]
PER_ACCOUNT = "60/15minutes"


@router.post("/admin/invites", status_code=status.HTTP_201_CREATED)
async def create_invite(body: InviteIn, caller: Admin, tx: Tx, response: Response) -> NewInviteOut:
    """An invite; its code is in this answer and nowhere else."""
    invite, code = await service.create_invite(tx, wish=body, by=caller)
    response.headers["Location"] = "/api/v1/admin/invites"
    return NewInviteOut(**InviteOut.model_validate(invite).model_dump(), code=code)


@router.get("/admin/invites")
async def list_invites(
    _: Admin,
    tx: Tx,
    wanted: Annotated[InviteFilter, Query()],
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[InviteOut]:
    """Invites by status, newest first."""
    found = await service.search_invites(
        tx, status=wanted.status, after=decode_id(cursor), limit=limit + 1
    )
    shown, next_cursor = page_of(found, limit, lambda one: [one.id])
    items = [InviteOut.model_validate(one) for one in shown]
    return Page(items=items, next_cursor=next_cursor)


@router.delete("/admin/invites/{invite_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_invite(invite_id: UUID, caller: Admin, tx: Tx) -> None:
    """Take an invite back; whoever redeemed it keeps the role. Repeating it is harmless."""
    await service.revoke_invite(tx, invite_id=invite_id, by=caller)


@router.post("/invites/redeem", response_model=RedemptionOut, dependencies=PER_ADDRESS)
async def redeem_invite(
    body: RedeemIn, caller: Caller, limiter: RequestLimiter, once: OncePerKey, tx: Tx
) -> Response:
    """Take the role that a code grants; it shows at the next refresh. Repeating it is harmless."""
    await limiter.hit("invites", str(caller.user_id), PER_ACCOUNT)
    redeemed = await service.redeem_invite(tx, code=body.code, by=caller)
    return await once.answer(tx, RedemptionOut.model_validate(redeemed), status=200)


@router.get("/invites/{code}", response_model=OfferOut, dependencies=PER_ADDRESS)
async def look_at_invite(
    code: Annotated[InviteCode, Path()], caller: Caller, limiter: RequestLimiter, tx: Tx
) -> dict[str, Any]:
    """What a code offers to the caller."""
    await limiter.hit("invites", str(caller.user_id), PER_ACCOUNT)
    return await service.look_at_invite(tx, code=code, by=caller)
