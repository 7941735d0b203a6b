"""Verification: the doors."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response, status

from auth_service.verification import service
from auth_service.verification.models import Verification
from auth_service.verification.schemas import (
    OwnVerificationsOut,
    ReviewedVerificationOut,
    ReviewIn,
    VerificationIn,
    VerificationOut,
)
from servicekit.access import Caller, Moderator
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx

router = APIRouter(prefix="/verification", tags=["verification"])


@router.post("", status_code=status.HTTP_201_CREATED, response_model=VerificationOut)
async def submit_document(
    body: VerificationIn, caller: Caller, tx: Tx, response: Response
) -> Verification:
    """Submit a document for review; one of a kind waits at a time."""
    submitted = await service.submit_document(tx, wish=body, by=caller)
    response.headers["Location"] = "/api/v1/verification/me"
    return submitted


@router.get("/me")
async def get_own_verification(caller: Caller, tx: Tx) -> OwnVerificationsOut:
    """Where the caller's documents stand."""
    user, own = await service.list_own(tx, by=caller)
    return OwnVerificationsOut(
        verified=user.verified,
        status=user.verification_status,
        items=[VerificationOut.model_validate(one) for one in own],
    )


@router.get("/queue")
async def list_queue(
    _: Moderator, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> Page[ReviewedVerificationOut]:
    """Documents that wait for a decision, oldest first."""
    found = await service.list_queue(tx, after=decode_id(cursor), limit=limit + 1)
    shown, next_cursor = page_of(found, limit, lambda one: [one["id"]])
    items = [ReviewedVerificationOut.model_validate(one) for one in shown]
    return Page(items=items, next_cursor=next_cursor)


@router.get("/{verification_id}", response_model=ReviewedVerificationOut)
async def open_document(verification_id: UUID, caller: Moderator, tx: Tx) -> dict[str, Any]:
    """A submission with the address of its document; opening it takes it into review."""
    return await service.open_document(tx, verification_id=verification_id, by=caller)


@router.post("/{verification_id}/review", response_model=ReviewedVerificationOut)
async def review_document(
    verification_id: UUID, body: ReviewIn, caller: Moderator, tx: Tx
) -> dict[str, Any]:
    """Accept or refuse a document; a licence makes its owner verified at the next refresh."""
    return await service.review_document(
        tx, verification_id=verification_id, review=body, by=caller
    )
