"""Whom somebody may want to follow: friends of friends, and people of the same specialty.

Both sources are bounded, so that a page costs the same for whoever follows thousands: the newest
200 of those whom the viewer follows, the newest 50 whom each of these follows, the newest 200
of the specialty.
"""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User, Visibility

_RANKED = """
    WITH known AS MATERIALIZED (
        SELECT followee_id AS id FROM follows WHERE follower_id = :me AND status = 'FOLLOWING'),
    mine AS MATERIALIZED (
        SELECT followee_id AS id FROM follows
         WHERE follower_id = :me AND status = 'FOLLOWING' ORDER BY follows.id DESC LIMIT 200),
    near AS (
        SELECT f.followee_id AS id, count(*) AS mutuals
          FROM mine CROSS JOIN LATERAL (
            SELECT followee_id FROM follows
             WHERE follower_id = mine.id AND status = 'FOLLOWING'
             ORDER BY follows.id DESC LIMIT 50) f
         GROUP BY f.followee_id),
    new AS (
        SELECT near.id, near.mutuals FROM near LEFT JOIN known ON known.id = near.id
         WHERE known.id IS NULL ORDER BY near.mutuals DESC, near.id DESC LIMIT 500),
    peers AS (
        SELECT u.id FROM users u LEFT JOIN known ON known.id = u.id
         WHERE lower(u.specialty) = lower(:specialty) AND {specialty_is_public}
           AND known.id IS NULL
         ORDER BY u.id DESC LIMIT 200),
    ranked AS (
        SELECT id, CAST(max(mutuals) AS integer) AS mutuals, CAST(max(peer) AS integer) AS peer
          FROM (SELECT id, mutuals, 0 AS peer FROM new
                UNION ALL SELECT id, 0, 1 FROM peers) found
         GROUP BY id)
    SELECT r.id, r.mutuals, r.peer FROM ranked r JOIN users u ON u.id = r.id
     WHERE r.id <> :me AND u.status = 'ACTIVE'
       AND (r.mutuals, r.peer, r.id) < (:mutuals, :peer, :id)
       AND NOT EXISTS (
            SELECT FROM barriers b WHERE b.owner_id = :me AND b.target_id = r.id
               AND b.status = 'STANDING')
       AND NOT EXISTS (
            SELECT FROM barriers b WHERE b.owner_id = r.id AND b.target_id = :me
               AND b.status = 'STANDING' AND b.kind = 'BLOCK')
     ORDER BY r.mutuals DESC, r.peer DESC, r.id DESC LIMIT :limit
"""
_STATEMENT = text(
    _RANKED.replace(
        "{specialty_is_public}", "coalesce(u.privacy ->> 'specialty', 'PUBLIC') = 'PUBLIC'"
    )
)


class Place(NamedTuple):
    """Where a page begins, exclusive."""

    mutual_count: int
    same_specialty: int
    id: UUID


TOP = Place(2**31 - 1, 1, UUID(int=(1 << 128) - 1))


class Suggestion(NamedTuple):
    """Somebody to follow, and why."""

    user: User
    mutual_count: int
    same_specialty: bool

    @property
    def place(self) -> Place:
        """Its place in the list."""
        return Place(self.mutual_count, int(self.same_specialty), self.user.id)


async def list_suggestions(
    session: AsyncSession, viewer: User, *, after: Place | None, limit: int
) -> list[Suggestion]:
    """People whom the viewer does not follow, those with most friends in common first.

    Nobody who is suspended, blocked either way, or muted by the viewer; a specialty that is not
    public counts for nothing.
    """
    start = after or TOP
    rows = await session.execute(
        _STATEMENT,
        {
            "me": viewer.id,
            "specialty": viewer.specialty,
            "mutuals": start.mutual_count,
            "peer": start.same_specialty,
            "id": start.id,
            "limit": limit,
        },
    )
    ranked = [(row[0], row[1], row[2]) for row in rows]
    people = await session.scalars(select(User).where(User.id.in_([row[0] for row in ranked])))
    by_id = {user.id: user for user in people}
    return [
        Suggestion(by_id[user_id], mutuals, bool(peer) or _same(viewer, by_id[user_id]))
        for user_id, mutuals, peer in ranked
    ]


def _same(viewer: User, other: User) -> bool:
    if viewer.specialty is None or other.visibility_of("specialty") is not Visibility.PUBLIC:
        return False
    return viewer.specialty.lower() == (other.specialty or "").lower()
