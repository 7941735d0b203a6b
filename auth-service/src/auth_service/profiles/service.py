"""Profiles: shown, changed, searched."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.errors import NumberOpensAccount, UsernameTaken, UserNotFound
from auth_service.accounts.events import contact_of, profile_of
from auth_service.accounts.models import User
from auth_service.accounts.queries import get_user, lock_user
from auth_service.media.service import choose_picture
from auth_service.objects import storage_of
from auth_service.profiles.queries import Question, search_people
from auth_service.profiles.views import own_view_of, view_of
from auth_service.social.models import BarrierKind
from auth_service.social.queries import (
    count_follows,
    is_kept_from,
    list_barriers_among,
    list_followed_among,
)
from contracts.media import Purpose
from servicekit.access import Principal
from servicekit.messaging import publish

_LISTS = ("interests", "languages")


async def get_own_profile(session: AsyncSession, *, by: Principal) -> dict[str, Any]:
    """The caller's profile with the account's fields."""
    return await _own(session, await get_user(session, by.user_id))


async def get_whole_profile(session: AsyncSession, *, user_id: UUID) -> tuple[User, dict[str, Any]]:
    """Somebody's account, and what they see of themselves. Raises UserNotFound."""
    user = await get_user(session, user_id)
    return user, await _own(session, user)


async def change_own_profile(
    session: AsyncSession, *, sent: dict[str, Any], by: Principal
) -> dict[str, Any]:
    """Change only what was sent. Raises what `change_profile` raises."""
    changed = await change_profile(session, user_id=by.user_id, sent=sent)
    return await _own(session, changed)


async def change_profile(
    session: AsyncSession, *, user_id: UUID, sent: dict[str, Any], admin_id: UUID | None = None
) -> User:
    """Change only what was sent.

    Raises UserNotFound, UsernameTaken, NumberOpensAccount, AssetNotFound, AssetUnfit.
    """
    sent = dict(sent)
    for purpose, slot in ((Purpose.AVATAR, "avatar"), (Purpose.BANNER, "banner")):
        if slot in sent:
            asset_id = sent.pop(slot)
            await choose_picture(
                session, user_id=user_id, purpose=purpose, asset_id=asset_id, admin_id=admin_id
            )

    user = await lock_user(session, user_id)
    new_number = sent.get("phone_number", user.phone_number) != user.phone_number
    if new_number and user.email is None:
        raise NumberOpensAccount
    for name, value in sent.items():
        setattr(user, name, _whole(user, name, value))
    try:
        await session.flush()
    except IntegrityError as taken:
        raise UsernameTaken from taken

    if sent.keys() - {"phone_number"}:
        publish(session, profile_of(user, storage_of(session), changed_by=admin_id))
    if new_number:
        publish(session, contact_of(user, changed_by=admin_id))
    return user


def _whole(user: User, name: str, value: Any) -> Any:
    if name == "privacy":
        chosen = {str(field): str(who) for field, who in (value or {}).items()}
        return {} if value is None else {**user.privacy, **chosen}
    return [] if value is None and name in _LISTS else value


async def set_avatar(session: AsyncSession, *, asset_id: UUID, by: Principal) -> dict[str, Any]:
    """Make an asset the caller's avatar once it is ready. Raises AssetNotFound, AssetUnfit."""
    user = await choose_picture(
        session, user_id=by.user_id, purpose=Purpose.AVATAR, asset_id=asset_id
    )
    return await _own(session, user)


async def get_profile(session: AsyncSession, *, user_id: UUID, by: Principal) -> dict[str, Any]:
    """A person as the caller may see them.

    Raises UserNotFound, of somebody suspended and of who blocks the caller too.
    """
    user = await get_user(session, user_id)
    if await is_kept_from(session, user, by):
        raise UserNotFound
    [shown] = await _seen(session, [user], by)
    return shown


async def search_profiles(
    session: AsyncSession, *, asked: Question, by: Principal
) -> list[dict[str, Any]]:
    """People as the caller may see them, newest first."""
    return await _seen(session, await search_people(session, asked), by)


async def _own(session: AsyncSession, user: User) -> dict[str, Any]:
    counts = await count_follows(session, [user.id])
    return {**own_view_of(user, storage=storage_of(session)), **counts[user.id]}


async def _seen(
    session: AsyncSession, users: Sequence[User], by: Principal
) -> list[dict[str, Any]]:
    ids = [user.id for user in users]
    counts = await count_follows(session, ids)
    followed = await list_followed_among(session, follower_id=by.user_id, ids=ids)
    barriers = await list_barriers_among(session, owner_id=by.user_id, ids=ids)
    storage = storage_of(session)
    shown = []
    for user in users:
        view = view_of(user, storage=storage, followed=user.id in followed)
        if user.id == by.user_id:
            view = own_view_of(user, storage=storage)
        barred = {
            "blocked": (user.id, BarrierKind.BLOCK) in barriers,
            "muted": (user.id, BarrierKind.MUTE) in barriers,
        }
        shown.append({**view, **barred, **counts[user.id]})
    return shown
