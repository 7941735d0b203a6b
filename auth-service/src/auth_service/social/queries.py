"""SQL for who follows whom."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.social.models import Follow, FollowCount, FollowStatus
from servicekit.clock import now
from servicekit.ids import uuid7


async def start_following(
    session: AsyncSession, *, follower_id: UUID, followee_id: UUID
) -> Follow | None:
    """The relation, new or taken up again with its next version; None if it stands already."""
    written = insert(Follow).values(
        id=uuid7(),
        follower_id=follower_id,
        followee_id=followee_id,
        status=FollowStatus.FOLLOWING,
        version=1,
        followed_at=now(),
    )
    taken_up = written.on_conflict_do_update(
        index_elements=[Follow.follower_id, Follow.followee_id],
        set_={
            "status": FollowStatus.FOLLOWING,
            "version": Follow.version + 1,
            "followed_at": written.excluded.followed_at,
        },
        where=Follow.status == FollowStatus.ENDED,
    )
    return await session.scalar(
        taken_up.returning(Follow), execution_options={"populate_existing": True}
    )


async def stop_following(
    session: AsyncSession, *, follower_id: UUID, followee_id: UUID
) -> Follow | None:
    """The relation that has ended now; None if there was none."""
    ended = (
        update(Follow)
        .where(
            Follow.follower_id == follower_id,
            Follow.followee_id == followee_id,
            Follow.status == FollowStatus.FOLLOWING,
        )
        .values(status=FollowStatus.ENDED, version=Follow.version + 1)
        .returning(Follow)
    )
    return await session.scalar(ended, execution_options={"populate_existing": True})


async def add_to_counts(
    session: AsyncSession, *, follower_id: UUID, followee_id: UUID, by: int
) -> None:
    """Move both counters; always in the order of the ids, so that nobody waits in a ring."""
    rows = sorted(
        [
            {"user_id": follower_id, "followers": 0, "following": by},
            {"user_id": followee_id, "followers": by, "following": 0},
        ],
        key=lambda row: str(row["user_id"]),
    )
    for row in rows:
        moved = {
            "followers": FollowCount.followers + row["followers"],
            "following": FollowCount.following + row["following"],
        }
        written = insert(FollowCount).values(user_id=row["user_id"], followers=0, following=0)
        await session.execute(written.on_conflict_do_nothing())
        await session.execute(
            update(FollowCount).where(FollowCount.user_id == row["user_id"]).values(**moved)
        )


async def count_follows(
    session: AsyncSession, user_ids: Sequence[UUID]
) -> dict[UUID, dict[str, int]]:
    """`followers_count` and `following_count` of each person."""
    found = await session.execute(
        select(FollowCount.user_id, FollowCount.followers, FollowCount.following).where(
            FollowCount.user_id.in_(user_ids)
        )
    )
    counts = {user_id: {"followers_count": 0, "following_count": 0} for user_id in user_ids}
    for user_id, followers, following in found:
        counts[user_id] = {"followers_count": followers, "following_count": following}
    return counts


async def list_followed_among(
    session: AsyncSession, *, follower_id: UUID, ids: Iterable[UUID]
) -> set[UUID]:
    """Which of these people the follower follows."""
    followed = select(Follow.followee_id).where(
        Follow.follower_id == follower_id,
        Follow.followee_id.in_(list(ids)),
        Follow.status == FollowStatus.FOLLOWING,
    )
    return set(await session.scalars(followed))


async def list_followers(
    session: AsyncSession, *, user_id: UUID, after: UUID | None, limit: int
) -> list[tuple[Follow, User]]:
    """Who follows the person."""
    found = (
        select(Follow, User)
        .join(User, User.id == Follow.follower_id)
        .where(Follow.followee_id == user_id, Follow.status == FollowStatus.FOLLOWING)
        .order_by(Follow.id.desc())
        .limit(limit)
    )
    if after is not None:
        found = found.where(Follow.id < after)
    return [(row[0], row[1]) for row in await session.execute(found)]


async def list_following(
    session: AsyncSession, *, user_id: UUID, after: UUID | None, limit: int
) -> list[tuple[Follow, User]]:
    """Whom the person follows."""
    found = (
        select(Follow, User)
        .join(User, User.id == Follow.followee_id)
        .where(Follow.follower_id == user_id, Follow.status == FollowStatus.FOLLOWING)
        .order_by(Follow.id.desc())
        .limit(limit)
    )
    if after is not None:
        found = found.where(Follow.id < after)
    return [(row[0], row[1]) for row in await session.execute(found)]
