"""Profiles: the doors."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from auth_service.profiles import service
from auth_service.profiles.queries import Question
from auth_service.profiles.schemas import (
    AccountPatch,
    AvatarIn,
    OwnAccountOut,
    OwnProfileOut,
    ProfileOut,
    ProfilePatch,
)
from servicekit.access import Caller
from servicekit.fields import clean_line
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx

router = APIRouter(tags=["profiles"])

Word = Annotated[
    str | None, Query(max_length=100), AfterValidator(lambda word: word and clean_line(word))
]


@router.get("/users/me", response_model=OwnAccountOut)
async def get_own_account(caller: Caller, tx: Tx) -> dict[str, Any]:
    """The caller: profile and account."""
    return await service.get_own_profile(tx, by=caller)


@router.patch("/users/me", response_model=OwnAccountOut)
async def change_own_account(body: AccountPatch, caller: Caller, tx: Tx) -> dict[str, Any]:
    """Change what is sent of the caller's profile and telephone number."""
    return await service.change_own_profile(tx, sent=body.sent(), by=caller)


@router.get("/profile/me", response_model=OwnProfileOut)
async def get_own_profile(caller: Caller, tx: Tx) -> dict[str, Any]:
    """The caller's profile, with what is still missing in it and what it allows."""
    return await service.get_own_profile(tx, by=caller)


@router.patch("/profile/me", response_model=OwnProfileOut)
async def change_own_profile(body: ProfilePatch, caller: Caller, tx: Tx) -> dict[str, Any]:
    """Change what is sent of the caller's profile; `avatar` and `banner` take the ids of assets."""
    return await service.change_own_profile(tx, sent=body.sent(), by=caller)


@router.post("/profile/me/avatar", response_model=OwnProfileOut)
async def set_avatar(body: AvatarIn, caller: Caller, tx: Tx) -> dict[str, Any]:
    """Make an uploaded asset the avatar. It appears as soon as it is processed."""
    return await service.set_avatar(tx, asset_id=body.asset_id, by=caller)


@router.get("/profile/search")
async def search_profiles(
    caller: Caller,
    tx: Tx,
    q: Word = None,
    specialty: Word = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ProfileOut]:
    """People by the beginnings of words in name, username or specialty, newest first."""
    asked = Question(caller.user_id, q, specialty, decode_id(cursor), limit + 1)
    found = await service.search_profiles(tx, asked=asked, by=caller)
    shown, next_cursor = page_of(found, limit, lambda one: [one["id"]])
    items = [ProfileOut.model_validate(one) for one in shown]
    return Page(items=items, next_cursor=next_cursor)


@router.get("/profile/{user_id}", response_model=ProfileOut)
async def get_profile(user_id: UUID, caller: Caller, tx: Tx) -> dict[str, Any]:
    """A person, as far as they let the caller see."""
    return await service.get_profile(tx, user_id=user_id, by=caller)
