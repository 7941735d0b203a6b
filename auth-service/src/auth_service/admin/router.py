"""What admins do with accounts: the doors."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from auth_service.accounts.models import User
from auth_service.accounts.schemas import AccountOut
from auth_service.admin import service
from auth_service.admin.schemas import AdminIn, RoleIn
from contracts.access import Role
from servicekit.access import Admin
from servicekit.fields import clean_line
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx

router = APIRouter(tags=["admin"])

Word = Annotated[
    str | None, Query(max_length=100), AfterValidator(lambda word: word and clean_line(word))
]


@router.get("/admin/users")
async def search_users(
    _: Admin,
    tx: Tx,
    q: Word = None,
    role: Role | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[AccountOut]:
    """Accounts by address, name, username and role, newest first."""
    found = await service.search_users(tx, q=q, role=role, after=decode_id(cursor), limit=limit + 1)
    shown, next_cursor = page_of(found, limit, lambda one: [one.id])
    items = [AccountOut.model_validate(one) for one in shown]
    return Page(items=items, next_cursor=next_cursor)


@router.post("/admin/users/{user_id}/roles", response_model=AccountOut)
async def change_role(user_id: UUID, body: RoleIn, caller: Admin, tx: Tx) -> User:
    """Give a person another role; a lower one ends their present access tokens."""
    return await service.change_role(tx, user_id=user_id, role=body.role, by=caller)


@router.post("/auth/admin", response_model=AccountOut)
async def grant_admin(body: AdminIn, caller: Admin, tx: Tx) -> User:
    """Make a person an admin."""
    return await service.change_role(tx, user_id=body.user_id, role=Role.ADMIN, by=caller)
