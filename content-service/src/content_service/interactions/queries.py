"""Relations that repeat harmlessly, and counters that stay right under a crowd."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from content_service.audience import readable_by, unblocked
from content_service.interactions.errors import CommentNotFound
from content_service.interactions.models import Bookmark, Comment, CommentLike, Like
from content_service.posts.errors import PostNotFound
from content_service.posts.models import Post
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.ids import uuid7


async def get_readable_post(
    session: AsyncSession, post_id: UUID, *, viewer: Principal | None
) -> Post:
    """A post that the viewer may read. Raises PostNotFound."""
    readable = readable_by(viewer, owner=Post.author_id, visibility=Post.visibility)
    found = await session.scalar(
        select(Post).where(Post.id == post_id, Post.feed_id.is_not(None), readable)
    )
    if found is None:
        raise PostNotFound
    return found


async def add_like(
    session: AsyncSession, *, post_id: UUID, user_id: UUID
) -> tuple[UUID | None, bool]:
    """Like a post: the like's id if this changed anything, and whether it is the very first."""
    like_id = uuid7()
    row = insert(Like).values(id=like_id, user_id=user_id, post_id=post_id, liked_at=now())
    again = row.on_conflict_do_update(
        index_elements=[Like.user_id, Like.post_id],
        set_={"ended_at": None, "liked_at": now()},
        where=Like.ended_at.is_not(None),
    )
    found = await session.scalar(again.returning(Like.id))
    return found, found == like_id


async def end_like(session: AsyncSession, *, post_id: UUID, user_id: UUID) -> bool:
    """Take a like back. False if there was none."""
    mine = update(Like).where(
        Like.user_id == user_id, Like.post_id == post_id, Like.ended_at.is_(None)
    )
    ended = mine.values(ended_at=now()).execution_options(synchronize_session=False)
    return await session.scalar(ended.returning(Like.id)) is not None


async def add_bookmark(session: AsyncSession, *, post_id: UUID, user_id: UUID) -> bool:
    """Keep a post. False if it is kept already."""
    row = insert(Bookmark).values(id=uuid7(), user_id=user_id, post_id=post_id, bookmarked_at=now())
    added = row.on_conflict_do_nothing().returning(Bookmark.id)
    return await session.scalar(added) is not None


async def end_bookmark(session: AsyncSession, *, post_id: UUID, user_id: UUID) -> bool:
    """Keep a post no longer. False if it was not kept."""
    gone = delete(Bookmark).where(Bookmark.user_id == user_id, Bookmark.post_id == post_id)
    return await session.scalar(gone.returning(Bookmark.id)) is not None


async def add_comment_like(session: AsyncSession, *, comment_id: UUID, user_id: UUID) -> bool:
    """Like a comment. False if it is liked already."""
    row = insert(CommentLike).values(comment_id=comment_id, user_id=user_id, liked_at=now())
    added = row.on_conflict_do_nothing().returning(CommentLike.user_id)
    return await session.scalar(added) is not None


async def end_comment_like(session: AsyncSession, *, comment_id: UUID, user_id: UUID) -> bool:
    """Take a like of a comment back. False if there was none."""
    mine = delete(CommentLike).where(
        CommentLike.comment_id == comment_id, CommentLike.user_id == user_id
    )
    return await session.scalar(mine.returning(CommentLike.user_id)) is not None


async def count_post(
    session: AsyncSession, post_id: UUID, counter: InstrumentedAttribute[int], change: int
) -> int:
    """Move a counter of a post by `change`; its value now. The row is locked until the commit."""
    return await _count(session, Post.id == post_id, counter, change)


async def count_comment(
    session: AsyncSession, comment_id: UUID, counter: InstrumentedAttribute[int], change: int
) -> int:
    """Move a counter of a comment by `change`; its value now."""
    return await _count(session, Comment.id == comment_id, counter, change)


async def _count(
    session: AsyncSession, row: Any, counter: InstrumentedAttribute[int], change: int
) -> int:
    if change == 0:
        found = await session.scalar(select(counter).where(row))
    else:
        moved = update(counter.class_).where(row).values({counter: counter + change})
        moved = moved.execution_options(synchronize_session=False)
        found = await session.scalar(moved.returning(counter))
    return int(found or 0)


async def get_comment(session: AsyncSession, comment_id: UUID, *, viewer: Principal) -> Comment:
    """A comment that is neither deleted nor behind a block. Raises CommentNotFound."""
    found = await session.scalar(_present(comment_id, viewer))
    if found is None:
        raise CommentNotFound
    return found


async def lock_comment(session: AsyncSession, comment_id: UUID, *, author: UUID) -> Comment:
    """The author's comment, deleted or not, locked. Raises CommentNotFound."""
    mine = select(Comment).where(Comment.id == comment_id, Comment.user_id == author)
    found = await session.scalar(mine.with_for_update())
    if found is None:
        raise CommentNotFound
    return found


async def hold_parent(
    session: AsyncSession, comment_id: UUID, *, post_id: UUID, viewer: Principal
) -> Comment:
    """A comment of that post to answer, locked; none behind a block. Raises CommentNotFound."""
    present = _present(comment_id, viewer).where(Comment.post_id == post_id)
    found = await session.scalar(present.with_for_update())
    if found is None:
        raise CommentNotFound
    return found


def _present(comment_id: UUID, viewer: Principal) -> Select[Comment]:
    shown = (Comment.deleted_at.is_(None), unblocked(viewer, Comment.user_id))
    return select(Comment).where(Comment.id == comment_id, *shown)


async def list_comments(
    session: AsyncSession,
    post_id: UUID,
    *,
    viewer: Principal | None,
    parent: UUID | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Comment]:
    """The comments of a post, oldest first; of one comment, its answers.

    Deleted ones appear only while they have answers; those behind a block do not.
    """
    shown = or_(Comment.deleted_at.is_(None), Comment.reply_count > 0)
    found = select(Comment).where(Comment.post_id == post_id, shown)
    if viewer is not None:
        found = found.where(unblocked(viewer, Comment.user_id))
    if parent is not None:
        found = found.where(Comment.parent_comment_id == parent)
    if after is not None:
        found = found.where(Comment.id > after)
    return (await session.scalars(found.order_by(Comment.id).limit(limit))).all()


async def list_liked_comments(
    session: AsyncSession, comment_ids: Collection[UUID], *, user_id: UUID
) -> set[UUID]:
    """Which of these comments somebody likes."""
    mine = select(CommentLike.comment_id).where(
        CommentLike.user_id == user_id, CommentLike.comment_id.in_(comment_ids)
    )
    return set((await session.scalars(mine)).all())
