"""Posts by id, by author, by source; and the cards that have to be rendered again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.audience import readable_by
from content_service.people.models import AUTHOR_FIELDS
from content_service.posts.errors import PostNotFound
from content_service.posts.models import Post, PostStatus, PostVersion
from content_service.search.queries import KEEP, Found
from contracts.event import Event
from servicekit.access.principal import Principal
from servicekit.messaging.outbox import SAID
from servicekit.web.writes import HotWrites

_CARD_AUTHOR = ", ".join(["'id', user_id", *(f"'{name}', {name}" for name in AUTHOR_FIELDS)])
_AS_GIVEN = ", ".join(
    column.name for column in Post.__table__.columns if column.name not in {"card", "specialty"}
)
# What `create_post` does in six round trips. The author stays as they are until the commit.
PUBLISH = """
    WITH author AS (
        SELECT lower(nullif(specialty, '')) AS specialty,
               jsonb_build_object('author', jsonb_build_object({card_author})) AS card
          FROM people WHERE user_id = %(owner_id)s FOR SHARE),
    found AS ({keep}),
    said AS ({said})
    INSERT INTO posts (card, specialty, {as_given})
    SELECT given.card || coalesce(author.card, '{}'),
           coalesce(given.specialty, author.specialty), {as_given}
      FROM jsonb_populate_record(NULL::posts, CAST(%(post)s AS jsonb)) AS given
      LEFT JOIN author ON true
    RETURNING id
"""
_PARTS = {"card_author": _CARD_AUTHOR, "as_given": _AS_GIVEN, "keep": KEEP, "said": SAID}
for _name, _part in _PARTS.items():
    PUBLISH = PUBLISH.replace(f"{{{_name}}}", _part)


async def insert_published(
    writes: HotWrites, post: Post, *, document: Found, announcement: Event
) -> None:
    """Insert a published post with its document and its event, in one statement of its own.

    Its card and specialty are completed from what is known of the author.
    """
    row = {column.name: getattr(post, column.name) for column in Post.__table__.columns}
    values = document.as_values() | {"post": to_json(row).decode()}
    await writes.write(PUBLISH, values, announcement)


async def get_post(session: AsyncSession, post_id: UUID, *, viewer: Principal | None) -> Post:
    """A post of the viewer's own, or one that they may read. Raises PostNotFound."""
    readable = Post.feed_id.is_not(None) & readable_by(
        viewer, owner=Post.author_id, visibility=Post.visibility
    )
    if viewer is not None:
        readable |= Post.author_id == viewer.user_id
    found = await session.scalar(
        select(Post).where(Post.id == post_id, Post.deleted_at.is_(None), readable)
    )
    if found is None:
        raise PostNotFound
    return found


async def lock_post(session: AsyncSession, post_id: UUID, *, author: UUID) -> Post:
    """The author's post, deleted or not, locked. Raises PostNotFound."""
    mine = select(Post).where(Post.id == post_id, Post.author_id == author)
    found = await session.scalar(mine.with_for_update())
    if found is None:
        raise PostNotFound
    return found


async def find_card_post(session: AsyncSession, source_id: UUID) -> Post | None:
    """The card of a course or webinar, locked."""
    return await session.scalar(select(Post).where(Post.source_id == source_id).with_for_update())


async def list_own_posts(
    session: AsyncSession,
    *,
    author: UUID,
    status: PostStatus | None,
    before: UUID | None,
    limit: int,
) -> Sequence[Post]:
    """The author's posts, newest first."""
    mine = select(Post).where(Post.author_id == author, Post.deleted_at.is_(None))
    if status is not None:
        mine = mine.where(Post.status == status)
    if before is not None:
        mine = mine.where(Post.id < before)
    return (await session.scalars(mine.order_by(Post.id.desc()).limit(limit))).all()


async def list_versions(
    session: AsyncSession, post_id: UUID, *, after: int, limit: int
) -> Sequence[PostVersion]:
    """The former texts of a post, oldest first."""
    former = select(PostVersion).where(PostVersion.post_id == post_id, PostVersion.number > after)
    return (await session.scalars(former.order_by(PostVersion.number).limit(limit))).all()


async def lock_due_posts(session: AsyncSession, *, at: datetime, limit: int) -> Sequence[Post]:
    """Scheduled posts whose time has come, locked; those held by others are skipped."""
    due = select(Post).where(
        Post.status == PostStatus.SCHEDULED, Post.publish_at <= at, Post.deleted_at.is_(None)
    )
    due = due.order_by(Post.publish_at).limit(limit).with_for_update(skip_locked=True)
    return (await session.scalars(due)).all()


async def render_author_again(session: AsyncSession, user_id: UUID, author: dict[str, Any]) -> None:
    """Show a changed author on all their cards."""
    await session.execute(
        update(Post)
        .where(Post.author_id == user_id, Post.card["author"] != literal(author, JSONB))
        .values(card=_with_part("author", author))
        .execution_options(synchronize_session=False)
    )


async def render_channel_again(
    session: AsyncSession, channel_id: UUID, channel: dict[str, Any]
) -> None:
    """Show a changed channel on all its cards."""
    await session.execute(
        update(Post)
        .where(Post.channel_id == channel_id, Post.card["channel"] != literal(channel, JSONB))
        .values(card=_with_part("channel", channel))
        .execution_options(synchronize_session=False)
    )


def _with_part(part: str, value: dict[str, Any]) -> Any:
    return Post.card.op("||")(literal({part: value}, JSONB))
