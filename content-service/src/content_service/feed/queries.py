"""Pages of cards. Fan-out happens on read: nothing is written per follower."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from content_service.audience import NOBODY, open_to
from servicekit.access.principal import Principal
from servicekit.web.reads import HotReads

NEWEST = UUID(int=(1 << 128) - 1)

# The stored card, its counters and the viewer's own state, as the JSON of one item.
_ITEM = """
    left(CAST(p.card AS text), -1) || ',"like_count":' || p.like_count
        || ',"comment_count":' || p.comment_count || ',"bookmark_count":' || p.bookmark_count
        || ',"liked":' || CAST(EXISTS (
            SELECT FROM likes l
             WHERE l.user_id = %(me)s AND l.post_id = p.id AND l.ended_at IS NULL) AS text)
        || ',"bookmarked":' || CAST(EXISTS (
            SELECT FROM bookmarks b WHERE b.user_id = %(me)s AND b.post_id = p.id) AS text) || '}'
"""
_VISIBLE = """
    (p.visibility = ANY(%(open)s) OR p.author_id = %(me)s
     OR (p.visibility = 'FOLLOWERS_ONLY' AND EXISTS (
         SELECT FROM follows v WHERE v.follower_id = %(me)s AND v.followee_id = p.author_id
            AND v.ended_at IS NULL)))
    AND NOT EXISTS (
         SELECT FROM barriers h WHERE h.viewer_id = %(me)s AND h.hidden_id = p.author_id
            AND h.ended_at IS NULL{kind})
"""
# A block hides wherever one looks; a mute keeps out of the feeds that bring several together.
_READABLE = _VISIBLE.replace("{kind}", " AND h.kind = 'BLOCK'")
_WANTED = _VISIBLE.replace("{kind}", "")
_PAGE = """
    SELECT {item}, p.feed_id, false FROM posts p
     WHERE p.feed_id < %(before)s AND {where}
     ORDER BY p.feed_id DESC LIMIT {limit}
"""
_OF_CHANNEL = _PAGE.replace("{where}", "{wanted} AND p.channel_id = %(channel)s")
_OF_USER = _PAGE.replace("{where}", "{readable} AND p.author_id = %(author)s")
HOME = """
    SELECT {item}, p.feed_id,
           (EXISTS (SELECT FROM follows f
                     WHERE f.follower_id = %(me)s AND f.followee_id = p.author_id
                       AND f.ended_at IS NULL)
            OR EXISTS (SELECT FROM channel_follows c
                        WHERE c.user_id = %(me)s AND c.channel_id = p.channel_id)
            OR p.specialty = (SELECT lower(specialty) FROM people WHERE user_id = %(me)s)) AS near
      FROM posts p
     WHERE p.feed_id < %(before)s AND {wanted}
     ORDER BY p.feed_id DESC LIMIT {limit}
"""
_ONE = """
    SELECT {item}, p.feed_id, false FROM posts p
     WHERE p.id = %(id)s AND p.feed_id IS NOT NULL AND {readable}
"""
_BOOKMARKED = """
    SELECT {item}, k.id, false FROM bookmarks k JOIN posts p ON p.id = k.post_id
     WHERE k.user_id = %(me)s AND k.id < %(before)s AND p.feed_id IS NOT NULL AND {readable}
     ORDER BY k.id DESC LIMIT {limit}
"""
# Every source gives its newest; only the newest of all are joined to their cards.
_FOLLOWED = """
    SELECT n.id, n.feed_id FROM follows f CROSS JOIN LATERAL (
        SELECT p.id, p.feed_id FROM posts p
         WHERE p.author_id = f.followee_id AND p.feed_id < %(before)s AND {wanted}
         ORDER BY p.feed_id DESC LIMIT {limit}) n
     WHERE f.follower_id = %(me)s AND f.ended_at IS NULL
    UNION
    SELECT n.id, n.feed_id FROM channel_follows c CROSS JOIN LATERAL (
        SELECT p.id, p.feed_id FROM posts p
         WHERE p.channel_id = c.channel_id AND p.feed_id < %(before)s AND {wanted}
         ORDER BY p.feed_id DESC LIMIT {limit}) n
     WHERE c.user_id = %(me)s
"""
_NEAR = """
    UNION
    (SELECT p.id, p.feed_id FROM posts p
      WHERE p.author_id = %(me)s AND p.feed_id < %(before)s
      ORDER BY p.feed_id DESC LIMIT {limit})
    UNION
    (SELECT p.id, p.feed_id FROM posts p
      WHERE p.specialty = (SELECT lower(specialty) FROM people WHERE user_id = %(me)s)
        AND p.feed_id < %(before)s AND {wanted}
      ORDER BY p.feed_id DESC LIMIT {limit})
"""
_FANNED = """
    SELECT {item}, p.feed_id, false
      FROM (SELECT id FROM ({sources}) s ORDER BY feed_id DESC LIMIT {limit}) top
      JOIN posts p ON p.id = top.id
     ORDER BY p.feed_id DESC
"""
_FOLLOWING = _FANNED.replace("{sources}", _FOLLOWED)
_FOR_YOU = _FANNED.replace("{sources}", _FOLLOWED + _NEAR)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins, exclusive of `start`, and how many rows it reads."""

    start: UUID | None
    limit: int

    @property
    def before(self) -> UUID:
        """The start of a page that runs from the newest to the oldest."""
        return self.start or NEWEST


class Item(NamedTuple):
    """One post as JSON, its place in the list, and whether it is close to the viewer."""

    json: str
    place: UUID
    near: bool


Items = Sequence[Item]


async def list_home(reads: HotReads, viewer: Principal | None, place: Place) -> Items:
    """The newest posts that the viewer may read; `near` marks what is close to them."""
    return await _items(reads, HOME, viewer, place)


async def list_for_you(reads: HotReads, viewer: Principal, place: Place) -> Items:
    """The newest of whom and what the viewer follows, of their specialty, and their own."""
    return await _items(reads, _FOR_YOU, viewer, place)


async def list_following(reads: HotReads, viewer: Principal, place: Place) -> Items:
    """The newest of the people and channels that the viewer follows."""
    return await _items(reads, _FOLLOWING, viewer, place)


async def list_of_channel(
    reads: HotReads, viewer: Principal | None, place: Place, *, channel_id: UUID
) -> Items:
    """A channel's posts, newest first."""
    return await _items(reads, _OF_CHANNEL, viewer, place, channel=channel_id)


async def list_of_user(
    reads: HotReads, viewer: Principal | None, place: Place, *, user_id: UUID
) -> Items:
    """A person's posts, newest first."""
    return await _items(reads, _OF_USER, viewer, place, author=user_id)


async def list_bookmarked(reads: HotReads, viewer: Principal, place: Place) -> Items:
    """What the viewer keeps, the last kept first; its place is the bookmark's."""
    return await _items(reads, _BOOKMARKED, viewer, place)


async def find_item(reads: HotReads, viewer: Principal | None, post_id: UUID) -> Item | None:
    """One post as the viewer may read it, or None."""
    found = await _items(reads, _ONE, viewer, Place(None, 1), id=post_id)
    return found[0] if found else None


async def _items(
    reads: HotReads, statement: str, viewer: Principal | None, place: Place, **more: Any
) -> Items:
    values = {
        "me": viewer.user_id if viewer else NOBODY,
        "open": [one.value for one in open_to(viewer)],
        "before": place.before,
        **more,
    }
    return [Item(*row) for row in await reads.rows(whole(statement, place.limit), values)]


@cache
def whole(statement: str, limit: int) -> str:
    """A statement of this module with its parts put in, for a page of that size."""
    parts = {"{item}": _ITEM, "{readable}": _READABLE, "{wanted}": _WANTED, "{limit}": str(limit)}
    for name, part in parts.items():
        statement = statement.replace(name, part)
    return statement
