"""Writing and reading the copies; older news never goes over newer."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.people.models import Barrier, BarrierKind, Follow, Person

_UNKNOWN = {"verified": False, "profile_version": 0, "verified_version": 0}


async def keep_profile(
    session: AsyncSession, user_id: UUID, *, version: int, profile: dict[str, Any]
) -> Person | None:
    """Write what a profile says. None when something later is known already."""
    facts = {**profile, "profile_version": version}
    return await _keep(session, user_id, facts, Person.profile_version < version)


async def keep_verified(
    session: AsyncSession, user_id: UUID, *, version: int, verified: bool
) -> Person | None:
    """Write whether a licence was checked. None when something later is known already."""
    facts = {"verified": verified, "verified_version": version}
    return await _keep(session, user_id, facts, Person.verified_version < version)


async def _keep(
    session: AsyncSession, user_id: UUID, facts: dict[str, Any], newer: Any
) -> Person | None:
    added = insert(Person).values(user_id=user_id, **(_UNKNOWN | facts))
    kept = added.on_conflict_do_update(
        index_elements=[Person.user_id], set_=facts, where=newer
    ).returning(Person)
    return await session.scalar(kept, execution_options={"populate_existing": True})


async def hold_person(session: AsyncSession, user_id: UUID) -> Person | None:
    """The person, unchanged until this transaction ends: cards show what is known at the commit."""
    return await session.scalar(
        select(Person).where(Person.user_id == user_id).with_for_update(read=True)
    )


async def find_person(session: AsyncSession, user_id: UUID) -> Person | None:
    """The person, if news of them has arrived."""
    return await session.get(Person, user_id)


async def list_people(session: AsyncSession, user_ids: Collection[UUID]) -> Sequence[Person]:
    """Those of these people whom news has told of."""
    return (await session.scalars(select(Person).where(Person.user_id.in_(user_ids)))).all()


async def keep_follow(
    session: AsyncSession,
    *,
    follower_id: UUID,
    followee_id: UUID,
    ended_at: datetime | None,
    version: int,
) -> None:
    """Write whether one follows the other, unless something later is known."""
    added = insert(Follow).values(
        follower_id=follower_id, followee_id=followee_id, ended_at=ended_at, version=version
    )
    await session.execute(
        added.on_conflict_do_update(
            index_elements=[Follow.follower_id, Follow.followee_id],
            set_={"ended_at": ended_at, "version": version},
            where=Follow.version < version,
        )
    )


async def keep_barrier(
    session: AsyncSession,
    kind: BarrierKind,
    *,
    hides: Iterable[tuple[UUID, UUID]],
    relation_id: UUID,
    ended_at: datetime | None,
    version: int,
) -> None:
    """Write who is hidden from whom (viewer, hidden), unless something later is known."""
    added = insert(Barrier).values(
        [
            {
                "viewer_id": viewer_id,
                "hidden_id": hidden_id,
                "relation_id": relation_id,
                "kind": kind,
                "ended_at": ended_at,
                "version": version,
            }
            for viewer_id, hidden_id in hides
        ]
    )
    await session.execute(
        added.on_conflict_do_update(
            index_elements=[Barrier.viewer_id, Barrier.hidden_id, Barrier.relation_id],
            set_={"ended_at": ended_at, "version": version},
            where=Barrier.version < version,
        )
    )
