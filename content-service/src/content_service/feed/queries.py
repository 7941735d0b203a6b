"""Pages of cards. Fan-out happens on read: nothing is written per follower."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.audience import NOBODY, open_to
from servicekit.access.principal import Principal

NEWEST = UUID(int=(1 << 128) - 1)

_COLUMNS = """
    CAST(p.card AS text) AS card, p.id, p.feed_id, p.like_count, p.comment_count, p.bookmark_count,
    EXISTS (SELECT FROM likes l
             WHERE l.user_id = :me AND l.post_id = p.id AND l.ended_at IS NULL) AS liked,
    EXISTS (SELECT FROM bookmarks b WHERE b.user_id = :me AND b.post_id = p.id) AS bookmarked
"""
_VISIBLE = """
    (p.visibility = ANY(:open) OR p.author_id = :me
     OR (p.visibility = 'FOLLOWERS_ONLY' AND EXISTS (
         SELECT FROM follows v WHERE v.follower_id = :me AND v.followee_id = p.author_id
            AND v.ended_at IS NULL)))
"""
_PAGE = """
    SELECT {columns} FROM posts p
     WHERE p.feed_id < :before AND {visible} AND {where}
     ORDER BY p.feed_id DESC LIMIT {limit}
"""
_HOME = """
    SELECT {columns},
           (EXISTS (SELECT FROM follows f WHERE f.follower_id = :me AND f.followee_id = p.author_id
                       AND f.ended_at IS NULL)
            OR EXISTS (SELECT FROM channel_follows c
                        WHERE c.user_id = :me AND c.channel_id = p.channel_id)
            OR p.specialty = (SELECT lower(specialty) FROM people WHERE user_id = :me)) AS near
      FROM posts p
     WHERE p.feed_id < :before AND {visible}
     ORDER BY p.feed_id DESC LIMIT {limit}
"""
_ONE = "SELECT {columns} FROM posts p WHERE p.id = :id AND p.feed_id IS NOT NULL AND {visible}"
_BOOKMARKED = """
    SELECT {columns}, k.id AS bookmark_id FROM bookmarks k JOIN posts p ON p.id = k.post_id
     WHERE k.user_id = :me AND k.id < :before AND p.feed_id IS NOT NULL AND {visible}
     ORDER BY k.id DESC LIMIT {limit}
"""
# Every source gives its newest; only the newest of all are joined to their cards.
_FOLLOWED = """
    SELECT n.id, n.feed_id FROM follows f CROSS JOIN LATERAL (
        SELECT p.id, p.feed_id FROM posts p
         WHERE p.author_id = f.followee_id AND p.feed_id < :before AND {visible}
         ORDER BY p.feed_id DESC LIMIT {limit}) n
     WHERE f.follower_id = :me AND f.ended_at IS NULL
    UNION
    SELECT n.id, n.feed_id FROM channel_follows c CROSS JOIN LATERAL (
        SELECT p.id, p.feed_id FROM posts p
         WHERE p.channel_id = c.channel_id AND p.feed_id < :before AND {visible}
         ORDER BY p.feed_id DESC LIMIT {limit}) n
     WHERE c.user_id = :me
"""
_NEAR = """
    UNION
    (SELECT p.id, p.feed_id FROM posts p
      WHERE p.author_id = :me AND p.feed_id < :before
      ORDER BY p.feed_id DESC LIMIT {limit})
    UNION
    (SELECT p.id, p.feed_id FROM posts p
      WHERE p.specialty = (SELECT lower(specialty) FROM people WHERE user_id = :me)
        AND p.feed_id < :before AND {visible}
      ORDER BY p.feed_id DESC LIMIT {limit})
"""
_FANNED = """
    SELECT {columns}
      FROM (SELECT id FROM ({sources}) s ORDER BY feed_id DESC LIMIT {limit}) top
      JOIN posts p ON p.id = top.id
     ORDER BY p.feed_id DESC
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins, exclusive of `start`, and how many rows it reads."""

    start: UUID | None
    limit: int

    @property
    def before(self) -> UUID:
        """The start of a page that runs from the newest to the oldest."""
        return self.start or NEWEST


Rows = Sequence[Row[Any]]


async def list_home(session: AsyncSession, viewer: Principal | None, place: Place) -> Rows:
    """The newest posts that the viewer may read; `near` marks what is close to them."""
    return await _rows(session, _HOME, viewer, place)


async def list_for_you(session: AsyncSession, viewer: Principal, place: Place) -> Rows:
    """The newest of whom and what the viewer follows, of their specialty, and their own."""
    statement = _FANNED.replace("{sources}", _FOLLOWED + _NEAR)
    return await _rows(session, statement, viewer, place)


async def list_following(session: AsyncSession, viewer: Principal, place: Place) -> Rows:
    """The newest of the people and channels that the viewer follows."""
    statement = _FANNED.replace("{sources}", _FOLLOWED)
    return await _rows(session, statement, viewer, place)


async def list_of_channel(
    session: AsyncSession, viewer: Principal | None, place: Place, *, channel_id: UUID
) -> Rows:
    """A channel's posts, newest first."""
    statement = _PAGE.replace("{where}", "p.channel_id = :channel")
    return await _rows(session, statement, viewer, place, channel=channel_id)


async def list_of_user(
    session: AsyncSession, viewer: Principal | None, place: Place, *, user_id: UUID
) -> Rows:
    """A person's posts, newest first."""
    statement = _PAGE.replace("{where}", "p.author_id = :author")
    return await _rows(session, statement, viewer, place, author=user_id)


async def list_bookmarked(session: AsyncSession, viewer: Principal, place: Place) -> Rows:
    """What the viewer keeps, the last kept first; `bookmark_id` orders it."""
    return await _rows(session, _BOOKMARKED, viewer, place)


async def find_card(
    session: AsyncSession, viewer: Principal | None, post_id: UUID
) -> Row[Any] | None:
    """One post as the viewer may read it, or None."""
    found = await _rows(session, _ONE, viewer, Place(None, 1), id=post_id)
    return found[0] if found else None


async def _rows(
    session: AsyncSession, statement: str, viewer: Principal | None, place: Place, **more: Any
) -> Rows:
    # The page size is a literal: PostgreSQL plans a bound LIMIT anew each time.
    whole = statement.replace("{columns}", _COLUMNS).replace("{visible}", _VISIBLE)
    values = {
        "me": viewer.user_id if viewer else NOBODY,
        "open": [one.value for one in open_to(viewer)],
        "before": place.before,
        **more,
    }
    result = await session.execute(text(whole.replace("{limit}", str(place.limit))), values)
    return result.all()
