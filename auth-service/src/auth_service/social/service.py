"""Following people, and keeping them away."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.errors import UserNotFound
from auth_service.accounts.events import person_of
from auth_service.accounts.models import User
from auth_service.accounts.queries import get_user
from auth_service.objects import storage_of
from auth_service.social.errors import BarringOneself, FollowingOneself, PersonBlocked
from auth_service.social.events import end_of, ending_of, raising_of, start_of
from auth_service.social.models import BarrierKind
from auth_service.social.queries import (
    add_to_counts,
    count_follows,
    end_barrier,
    has_blocked,
    hold_pair,
    is_kept_from,
    list_barred,
    list_followed_among,
    list_followers,
    list_following,
    raise_barrier,
    start_following,
    stop_following,
)
from auth_service.social.suggestions import Place, Suggestion, list_suggestions
from servicekit.access import Principal
from servicekit.messaging import publish

CARD = {"full_name", "username", "headline", "specialty", "avatar_url"}
After = tuple[UUID | None, int]
"""The id to go on after, and the limit."""


async def follow(session: AsyncSession, *, user_id: UUID, by: Principal) -> dict[str, Any]:
    """Follow a person. Repeating it changes nothing.

    Raises UserNotFound (also of somebody suspended, or who blocks the caller), FollowingOneself,
    PersonBlocked.
    """
    if user_id == by.user_id:
        raise FollowingOneself
    await hold_pair(session, user_id, by.user_id)
    await _get_visible(session, user_id, by)
    if await has_blocked(session, owner_id=by.user_id, target_id=user_id):
        raise PersonBlocked
    follower = await get_user(session, by.user_id)
    relation = await start_following(session, follower_id=by.user_id, followee_id=user_id)
    if relation is not None:
        await add_to_counts(session, follower_id=by.user_id, followee_id=user_id, by=1)
        publish(session, start_of(relation, person_of(follower, storage_of(session))))
    counts = await count_follows(session, [user_id])
    return {"user_id": user_id, "following": True, **counts[user_id]}


async def unfollow(session: AsyncSession, *, user_id: UUID, by: Principal) -> None:
    """Follow a person no longer. Repeating it changes nothing."""
    await hold_pair(session, user_id, by.user_id)
    await _end_following(session, follower_id=by.user_id, followee_id=user_id)


async def _end_following(session: AsyncSession, *, follower_id: UUID, followee_id: UUID) -> None:
    relation = await stop_following(session, follower_id=follower_id, followee_id=followee_id)
    if relation is not None:
        await add_to_counts(session, follower_id=follower_id, followee_id=followee_id, by=-1)
        publish(session, end_of(relation))


async def bar(session: AsyncSession, kind: BarrierKind, *, user_id: UUID, by: Principal) -> None:
    """Block or mute a person; a block ends following both ways. Repeating it changes nothing.

    Whoever is blocked can block back, by the id they know, and finds nobody to mute.
    Raises UserNotFound, BarringOneself.
    """
    if user_id == by.user_id:
        raise BarringOneself
    await hold_pair(session, user_id, by.user_id)
    await get_user(session, by.user_id)
    if kind is BarrierKind.MUTE:
        await _get_visible(session, user_id, by)
    else:
        await get_user(session, user_id)
    barrier = await raise_barrier(session, kind, owner_id=by.user_id, target_id=user_id)
    if barrier is None:
        return
    if kind is BarrierKind.BLOCK:
        await _end_following(session, follower_id=by.user_id, followee_id=user_id)
        await _end_following(session, follower_id=user_id, followee_id=by.user_id)
    publish(session, raising_of(barrier))


async def unbar(session: AsyncSession, kind: BarrierKind, *, user_id: UUID, by: Principal) -> None:
    """Block or mute a person no longer. Repeating it changes nothing."""
    barrier = await end_barrier(session, kind, owner_id=by.user_id, target_id=user_id)
    if barrier is not None:
        publish(session, ending_of(barrier))


async def list_relations(
    session: AsyncSession,
    *,
    user_id: UUID,
    side: Literal["followers", "following"],
    by: Principal,
    page: After,
) -> list[tuple[UUID, dict[str, Any]]]:
    """People on one side of a person's relations, newest first, each with the relation's id.

    Raises UserNotFound.
    """
    await _get_visible(session, user_id, by)
    listed = list_followers if side == "followers" else list_following
    after, limit = page
    found = await listed(session, user_id=user_id, viewer=by.user_id, after=after, limit=limit)
    followed = await list_followed_among(
        session, follower_id=by.user_id, ids=[user.id for _, user in found]
    )
    return [
        (
            relation.id,
            _card(session, user)
            | {"following": user.id in followed, "followed_at": relation.followed_at},
        )
        for relation, user in found
    ]


async def list_own_barred(
    session: AsyncSession, kind: BarrierKind, *, by: Principal, page: After
) -> list[tuple[UUID, dict[str, Any]]]:
    """Whom the caller blocks or mutes, newest first, each with the barrier's id.

    Of somebody who blocks the caller too, the id alone.
    """
    after, limit = page
    found = await list_barred(session, kind, owner_id=by.user_id, after=after, limit=limit)
    return [
        (row.id, (_blank(user) if hides else _card(session, user)) | _since(row.raised_at))
        for row, user, hides in found
    ]


async def suggest(
    session: AsyncSession, *, by: Principal, after: Place | None, limit: int
) -> list[tuple[Suggestion, dict[str, Any]]]:
    """People whom the caller may want to follow, the likeliest first. Raises UserNotFound."""
    viewer = await get_user(session, by.user_id)
    found = await list_suggestions(session, viewer, after=after, limit=limit)
    return [
        (
            one,
            _card(session, one.user)
            | {"mutual_count": one.mutual_count, "same_specialty": one.same_specialty},
        )
        for one in found
    ]


async def _get_visible(session: AsyncSession, user_id: UUID, by: Principal) -> User:
    user = await get_user(session, user_id)
    if await is_kept_from(session, user, by):
        raise UserNotFound
    return user


def _since(raised_at: datetime) -> dict[str, Any]:
    return {"since": raised_at}


def _card(session: AsyncSession, user: User) -> dict[str, Any]:
    person = person_of(user, storage_of(session)).model_dump(include=CARD)
    return {"id": user.id, **person, "verified": user.verified}


def _blank(user: User) -> dict[str, Any]:
    return {"id": user.id, **dict.fromkeys(CARD), "verified": False}
