"""Following people: the doors."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, status
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.social import service
from auth_service.social.schemas import FollowedPersonOut, FollowOut
from servicekit.access import Caller, Principal
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx

router = APIRouter(prefix="/social", tags=["social"])

People = Page[FollowedPersonOut]


async def _people(
    tx: AsyncSession,
    caller: Principal,
    user_id: UUID,
    side: Literal["followers", "following"],
    page: tuple[int, str | None],
) -> People:
    limit, cursor = page
    found = await service.list_relations(
        tx, user_id=user_id, side=side, by=caller, page=(decode_id(cursor), limit + 1)
    )
    shown, next_cursor = page_of(found, limit, lambda row: [row[0]])
    items = [FollowedPersonOut.model_validate(person) for _, person in shown]
    return People(items=items, next_cursor=next_cursor)


@router.post("/{user_id}/follow", response_model=FollowOut)
async def follow(user_id: UUID, caller: Caller, tx: Tx) -> dict[str, Any]:
    """Follow a person. Repeating it is harmless."""
    return await service.follow(tx, user_id=user_id, by=caller)


@router.delete("/{user_id}/follow", status_code=status.HTTP_204_NO_CONTENT)
async def unfollow(user_id: UUID, caller: Caller, tx: Tx) -> None:
    """Follow a person no longer. Repeating it is harmless."""
    await service.unfollow(tx, user_id=user_id, by=caller)


@router.get("/me/following")
async def list_my_following(
    caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> People:
    """Whom the caller follows, the latest first."""
    return await _people(tx, caller, caller.user_id, "following", (limit, cursor))


@router.get("/me/followers")
async def list_my_followers(
    caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> People:
    """Who follows the caller, the latest first."""
    return await _people(tx, caller, caller.user_id, "followers", (limit, cursor))


@router.get("/{user_id}/following")
async def list_following(
    user_id: UUID, caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> People:
    """Whom a person follows, the latest first."""
    return await _people(tx, caller, user_id, "following", (limit, cursor))


@router.get("/{user_id}/followers")
async def list_followers(
    user_id: UUID, caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> People:
    """Who follows a person, the latest first."""
    return await _people(tx, caller, user_id, "followers", (limit, cursor))
