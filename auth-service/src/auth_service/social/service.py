"""Following people."""

from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.events import person_of
from auth_service.accounts.models import User
from auth_service.accounts.queries import get_user
from auth_service.objects import storage_of
from auth_service.social.errors import FollowingOneself
from auth_service.social.models import Follow
from auth_service.social.queries import (
    add_to_counts,
    count_follows,
    list_followed_among,
    list_followers,
    list_following,
    start_following,
    stop_following,
)
from contracts.auth import UserFollowed, UserUnfollowed
from servicekit.access import Principal
from servicekit.messaging import publish


async def follow(session: AsyncSession, *, user_id: UUID, by: Principal) -> dict[str, Any]:
    """Follow a person. Repeating it changes nothing. Raises UserNotFound, FollowingOneself."""
    if user_id == by.user_id:
        raise FollowingOneself
    await get_user(session, user_id)
    follower = await get_user(session, by.user_id)
    relation = await start_following(session, follower_id=by.user_id, followee_id=user_id)
    if relation is not None:
        await add_to_counts(session, follower_id=by.user_id, followee_id=user_id, by=1)
        publish(
            session,
            UserFollowed(
                version=relation.version,
                follow_id=relation.id,
                follower_id=by.user_id,
                followee_id=user_id,
                person=person_of(follower, storage_of(session)),
            ),
        )
    counts = await count_follows(session, [user_id])
    return {"user_id": user_id, "following": True, **counts[user_id]}


async def unfollow(session: AsyncSession, *, user_id: UUID, by: Principal) -> None:
    """Follow a person no longer. Repeating it changes nothing."""
    relation = await stop_following(session, follower_id=by.user_id, followee_id=user_id)
    if relation is None:
        return
    await add_to_counts(session, follower_id=by.user_id, followee_id=user_id, by=-1)
    publish(
        session,
        UserUnfollowed(
            version=relation.version,
            follow_id=relation.id,
            follower_id=by.user_id,
            followee_id=user_id,
        ),
    )


async def list_relations(
    session: AsyncSession,
    *,
    user_id: UUID,
    side: Literal["followers", "following"],
    by: Principal,
    page: tuple[UUID | None, int],
) -> list[tuple[UUID, dict[str, Any]]]:
    """People on one side of a person's relations, newest first, each with the relation's id.

    `page` is the id to go on after and the limit. Raises UserNotFound.
    """
    await get_user(session, user_id)
    listed = list_followers if side == "followers" else list_following
    after, limit = page
    found = await listed(session, user_id=user_id, after=after, limit=limit)
    followed = await list_followed_among(
        session, follower_id=by.user_id, ids=[user.id for _, user in found]
    )
    return [(relation.id, _entry(session, relation, user, followed)) for relation, user in found]


def _entry(
    session: AsyncSession, relation: Follow, user: User, followed: set[UUID]
) -> dict[str, Any]:
    person = person_of(user, storage_of(session))
    return {
        "id": user.id,
        **person.model_dump(
            include={"full_name", "username", "headline", "specialty", "avatar_url"}
        ),
        "verified": user.verified,
        "following": user.id in followed,
        "followed_at": relation.followed_at,
    }
