"""SQL for who follows whom, and who keeps whom away."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from auth_service.accounts.models import AccountStatus, User
from auth_service.social.models import (
    Barrier,
    BarrierKind,
    BarrierStatus,
    Follow,
    FollowCount,
    FollowStatus,
)
from contracts.access import Role
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.ids import uuid7

_HOLD_PAIR = text("SELECT pg_advisory_xact_lock(hashtextextended(:pair, 7705))")


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
    session: AsyncSession, *, user_id: UUID, viewer: UUID, after: UUID | None, limit: int
) -> list[tuple[Follow, User]]:
    """Who follows the person, but for the suspended and whom a block hides from the viewer."""
    found = select(Follow, User).join(User, User.id == Follow.follower_id)
    found = found.where(Follow.followee_id == user_id, Follow.status == FollowStatus.FOLLOWING)
    return await _newest_follows(session, found, viewer=viewer, after=after, limit=limit)


async def list_following(
    session: AsyncSession, *, user_id: UUID, viewer: UUID, after: UUID | None, limit: int
) -> list[tuple[Follow, User]]:
    """Whom the person follows, but for the suspended and whom a block hides from the viewer."""
    found = select(Follow, User).join(User, User.id == Follow.followee_id)
    found = found.where(Follow.follower_id == user_id, Follow.status == FollowStatus.FOLLOWING)
    return await _newest_follows(session, found, viewer=viewer, after=after, limit=limit)


async def _newest_follows(
    session: AsyncSession,
    found: Select[Follow, User],
    *,
    viewer: UUID,
    after: UUID | None,
    limit: int,
) -> list[tuple[Follow, User]]:
    shown = (User.status == AccountStatus.ACTIVE, unblocked(viewer, User.id))
    found = found.where(*shown).order_by(Follow.id.desc()).limit(limit)
    if after is not None:
        found = found.where(Follow.id < after)
    return [(row[0], row[1]) for row in await session.execute(found)]


async def hold_pair(session: AsyncSession, one: UUID, other: UUID) -> None:
    """Nobody else changes what is between these two until the transaction ends, and neither goes.

    An erasure under way is waited for. Everything that changes relations locks in one order: the
    pair, its people, the relation, the counters by the ids of their people.
    """
    pair = ":".join(sorted([str(one), str(other)]))
    await session.execute(_HOLD_PAIR, {"pair": pair})
    people = select(User.id).where(User.id.in_([one, other])).order_by(User.id)
    await session.execute(people.with_for_update(read=True, key_share=True))


async def hold_counts(session: AsyncSession, user_ids: Any) -> None:
    """Nobody else moves the counters of these people (a subquery); locked in their ids' order."""
    counts = select(FollowCount.user_id).where(FollowCount.user_id.in_(user_ids))
    await session.execute(counts.order_by(FollowCount.user_id).with_for_update())


def unblocked(viewer: UUID, person: Any) -> ColumnElement[bool]:
    """A condition on a column of people: no block stands between them and the viewer."""
    standing = (Barrier.kind == BarrierKind.BLOCK, Barrier.status == BarrierStatus.STANDING)
    by_viewer = exists().where(*standing, Barrier.owner_id == viewer, Barrier.target_id == person)
    by_person = exists().where(*standing, Barrier.owner_id == person, Barrier.target_id == viewer)
    return ~by_viewer & ~by_person


async def has_blocked(session: AsyncSession, *, owner_id: UUID, target_id: UUID) -> bool:
    """Whether the owner blocks the target."""
    standing = exists().where(
        Barrier.owner_id == owner_id,
        Barrier.target_id == target_id,
        Barrier.kind == BarrierKind.BLOCK,
        Barrier.status == BarrierStatus.STANDING,
    )
    return bool(await session.scalar(select(standing)))


async def is_kept_from(session: AsyncSession, user: User, viewer: Principal) -> bool:
    """Whether the viewer is told that there is no such person.

    That is so of somebody who blocks the viewer, and of the suspended, whom only moderators see.
    """
    if user.status is not AccountStatus.ACTIVE and not viewer.is_at_least(Role.MODERATOR):
        return True
    return await has_blocked(session, owner_id=user.id, target_id=viewer.user_id)


async def list_barriers_among(
    session: AsyncSession, *, owner_id: UUID, ids: Iterable[UUID]
) -> set[tuple[UUID, BarrierKind]]:
    """Which of these people the owner blocks or mutes."""
    standing = select(Barrier.target_id, Barrier.kind).where(
        Barrier.owner_id == owner_id,
        Barrier.target_id.in_(list(ids)),
        Barrier.status == BarrierStatus.STANDING,
    )
    return {(row[0], row[1]) for row in await session.execute(standing)}


async def raise_barrier(
    session: AsyncSession, kind: BarrierKind, *, owner_id: UUID, target_id: UUID
) -> Barrier | None:
    """The barrier, new or raised again with its next version; None if it stands already."""
    written = insert(Barrier).values(
        id=uuid7(),
        kind=kind,
        owner_id=owner_id,
        target_id=target_id,
        status=BarrierStatus.STANDING,
        version=1,
        raised_at=now(),
    )
    raised = written.on_conflict_do_update(
        index_elements=[Barrier.owner_id, Barrier.target_id, Barrier.kind],
        set_={
            "status": BarrierStatus.STANDING,
            "version": Barrier.version + 1,
            "raised_at": written.excluded.raised_at,
        },
        where=Barrier.status == BarrierStatus.ENDED,
    )
    return await session.scalar(
        raised.returning(Barrier), execution_options={"populate_existing": True}
    )


async def end_barrier(
    session: AsyncSession, kind: BarrierKind, *, owner_id: UUID, target_id: UUID
) -> Barrier | None:
    """The barrier that has ended now; None if there was none."""
    ended = (
        update(Barrier)
        .where(
            Barrier.owner_id == owner_id,
            Barrier.target_id == target_id,
            Barrier.kind == kind,
            Barrier.status == BarrierStatus.STANDING,
        )
        .values(status=BarrierStatus.ENDED, version=Barrier.version + 1)
        .returning(Barrier)
    )
    return await session.scalar(ended, execution_options={"populate_existing": True})


async def list_barred(
    session: AsyncSession, kind: BarrierKind, *, owner_id: UUID, after: UUID | None, limit: int
) -> list[tuple[Barrier, User, bool]]:
    """Whom the owner blocks or mutes, and whether that person blocks the owner.

    Somebody muted who blocks the owner is as good as gone; somebody blocked can be unblocked.
    """
    back = aliased(Barrier)
    hides = exists().where(
        back.owner_id == Barrier.target_id,
        back.target_id == owner_id,
        back.kind == BarrierKind.BLOCK,
        back.status == BarrierStatus.STANDING,
    )
    found = (
        select(Barrier, User, hides)
        .join(User, User.id == Barrier.target_id)
        .where(
            Barrier.owner_id == owner_id,
            Barrier.kind == kind,
            Barrier.status == BarrierStatus.STANDING,
        )
        .order_by(Barrier.id.desc())
        .limit(limit)
    )
    if kind is BarrierKind.MUTE:
        found = found.where(~hides)
    if after is not None:
        found = found.where(Barrier.id < after)
    return [(row[0], row[1], row[2]) for row in await session.execute(found)]
