"""What admins do with accounts: the doors."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.admin import service, suspensions
from auth_service.admin.schemas import (
    AdminIn,
    RoleIn,
    SuspensionIn,
    UserFilter,
    UserIn,
    UserOut,
    UserPatch,
    WholeUserOut,
)
from auth_service.dependencies import Keeper
from contracts.access import Role
from servicekit.access import Admin, Moderator
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx

router = APIRouter(tags=["admin"])

Wanted = Annotated[UserFilter, Query()]


@router.get("/users")
@router.get("/users/all", name="list_all_users")
async def search_users(
    _: Admin, tx: Tx, wanted: Wanted, limit: Limit = 20, cursor: Cursor = None
) -> Page[UserOut]:
    """Accounts by address, name, role and status, newest first."""
    return await _page_of_users(tx, wanted, limit, cursor)


@router.get("/admin/users")
async def look_people_up(
    _: Moderator, tx: Tx, wanted: Wanted, limit: Limit = 20, cursor: Cursor = None
) -> Page[UserOut]:
    """The same for those who suspend and reinstate."""
    return await _page_of_users(tx, wanted, limit, cursor)


async def _page_of_users(
    tx: AsyncSession, wanted: UserFilter, limit: int, cursor: str | None
) -> Page[UserOut]:
    found = await service.search_users(tx, wanted=wanted, after=decode_id(cursor), limit=limit + 1)
    shown, next_cursor = page_of(found, limit, lambda one: [one.id])
    items = [UserOut.model_validate(one) for one in shown]
    return Page(items=items, next_cursor=next_cursor)


@router.post("/users", status_code=status.HTTP_201_CREATED, response_model=UserOut)
async def create_user(
    body: UserIn, caller: Admin, tx: Tx, keeper: Keeper, response: Response
) -> User:
    """An account for somebody else; a mail with a link to choose the password follows."""
    user = await service.create_user(tx, keeper, wish=body, by=caller)
    response.headers["Location"] = f"/api/v1/users/{user.id}"
    return user


@router.get("/users/{user_id}", response_model=WholeUserOut)
async def get_user(user_id: UUID, _: Admin, tx: Tx) -> dict[str, Any]:
    """A person: profile, account and suspension."""
    return await service.get_user(tx, user_id=user_id)


@router.patch("/users/{user_id}", response_model=WholeUserOut)
async def change_user(
    user_id: UUID, body: UserPatch, caller: Admin, tx: Tx, keeper: Keeper
) -> dict[str, Any]:
    """Change what is sent of a person; a new address has to be proved anew."""
    return await service.change_user(tx, keeper, user_id=user_id, sent=body.sent(), by=caller)


@router.post("/admin/users/{user_id}/suspend", response_model=UserOut)
async def suspend(user_id: UUID, body: SuspensionIn, caller: Moderator, tx: Tx) -> User:
    """End a person's sessions everywhere and let them sign in no more, for a time or for good."""
    return await suspensions.suspend(tx, user_id=user_id, wish=body, by=caller)


@router.post("/admin/users/{user_id}/reinstate", response_model=UserOut)
async def reinstate(user_id: UUID, caller: Moderator, tx: Tx) -> User:
    """Let a suspended person sign in again."""
    return await suspensions.reinstate(tx, user_id=user_id, by=caller)


@router.post("/admin/users/{user_id}/roles", response_model=UserOut)
async def change_role(user_id: UUID, body: RoleIn, caller: Admin, tx: Tx) -> User:
    """Give a person another role; a lower one ends their present access tokens."""
    return await service.change_role(tx, user_id=user_id, role=body.role, by=caller)


@router.post("/auth/admin", response_model=UserOut)
async def grant_admin(body: AdminIn, caller: Admin, tx: Tx) -> User:
    """Make a person an admin."""
    return await service.change_role(tx, user_id=body.user_id, role=Role.ADMIN, by=caller)
