"""Liking, keeping and commenting."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from content_service.interactions import queries
from content_service.interactions.errors import CommentNotFound, CommentTooDeep
from content_service.interactions.models import Comment
from content_service.interactions.queries import get_readable_post
from content_service.people.queries import find_person
from content_service.posts.models import Post
from contracts.content import CommentCreated, PostLiked
from contracts.event import Person as PublicPerson
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.messaging import publish

EXCERPT = 140


async def like_post(session: AsyncSession, *, post_id: UUID, by: Principal) -> int:
    """Like a post; its likes now. Repeating it changes nothing, and only the first is announced."""
    post = await get_readable_post(session, post_id, viewer=by)
    like_id, first = await queries.add_like(session, post_id=post_id, user_id=by.user_id)
    count = await queries.count_post(session, post_id, Post.like_count, 1 if like_id else 0)
    if like_id is not None and first:
        liked = PostLiked(
            version=1,
            like_id=like_id,
            post_id=post_id,
            author_id=post.author_id,
            user_id=by.user_id,
            excerpt=excerpt_of(post.title or post.body),
            person=await public_person(session, by.user_id),
        )
        publish(session, liked)
    return count


async def unlike_post(session: AsyncSession, *, post_id: UUID, by: Principal) -> None:
    """Take a like back, even of what cannot be read any more. Repeating it changes nothing."""
    if await queries.end_like(session, post_id=post_id, user_id=by.user_id):
        await queries.count_post(session, post_id, Post.like_count, -1)


async def bookmark_post(session: AsyncSession, *, post_id: UUID, by: Principal) -> int:
    """Keep a post for later; how many keep it now. Repeating it changes nothing."""
    await get_readable_post(session, post_id, viewer=by)
    added = await queries.add_bookmark(session, post_id=post_id, user_id=by.user_id)
    return await queries.count_post(session, post_id, Post.bookmark_count, int(added))


async def unbookmark_post(session: AsyncSession, *, post_id: UUID, by: Principal) -> None:
    """Keep a post no longer, even one that cannot be read any more. Repeating changes nothing."""
    if await queries.end_bookmark(session, post_id=post_id, user_id=by.user_id):
        await queries.count_post(session, post_id, Post.bookmark_count, -1)


async def write_comment(
    session: AsyncSession,
    *,
    post_id: UUID,
    body: str,
    parent_comment_id: UUID | None,
    by: Principal,
) -> Comment:
    """Comment on a post, or answer a comment on it.

    Raises PostNotFound, CommentNotFound (of the parent), CommentTooDeep.
    """
    post = await get_readable_post(session, post_id, viewer=by)
    parent = None
    if parent_comment_id is not None:
        parent = await queries.hold_parent(session, parent_comment_id, post_id=post_id, viewer=by)
        if parent.parent_comment_id is not None:
            raise CommentTooDeep(parent_comment_id=str(parent.parent_comment_id))
        parent.reply_count += 1
    comment = Comment(
        post_id=post_id,
        user_id=by.user_id,
        parent_comment_id=parent_comment_id,
        body=body,
        like_count=0,
        reply_count=0,
        created_at=now(),
        version=1,
    )
    session.add(comment)
    await queries.count_post(session, post_id, Post.comment_count, 1)
    created = CommentCreated(
        version=comment.version,
        comment_id=comment.id,
        post_id=post_id,
        post_author_id=post.author_id,
        parent_comment_id=parent_comment_id,
        parent_author_id=None if parent is None else parent.user_id,
        user_id=by.user_id,
        excerpt=excerpt_of(body),
        person=await public_person(session, by.user_id),
    )
    publish(session, created)
    return comment


async def edit_comment(
    session: AsyncSession, *, comment_id: UUID, body: str, by: Principal
) -> Comment:
    """Give the caller's comment another text. Raises CommentNotFound."""
    comment = await queries.lock_comment(session, comment_id, author=by.user_id)
    if comment.deleted_at is not None:
        raise CommentNotFound
    comment.rewrite(body, at=now())
    return comment


async def remove_comment(session: AsyncSession, *, comment_id: UUID, by: Principal) -> None:
    """Take the caller's comment away; it keeps its place if it has answers. Repeatable."""
    comment = await queries.lock_comment(session, comment_id, author=by.user_id)
    if not comment.remove(at=now()):
        return
    await session.flush()
    if comment.parent_comment_id is not None:
        await queries.count_comment(session, comment.parent_comment_id, Comment.reply_count, -1)
    await queries.count_post(session, comment.post_id, Post.comment_count, -1)


async def like_comment(session: AsyncSession, *, comment_id: UUID, by: Principal) -> int:
    """Like a comment; its likes now. Repeating it changes nothing."""
    await get_readable_comment(session, comment_id, by=by)
    added = await queries.add_comment_like(session, comment_id=comment_id, user_id=by.user_id)
    return await queries.count_comment(session, comment_id, Comment.like_count, int(added))


async def unlike_comment(session: AsyncSession, *, comment_id: UUID, by: Principal) -> None:
    """Take a like of a comment back. Repeating it changes nothing."""
    if await queries.end_comment_like(session, comment_id=comment_id, user_id=by.user_id):
        await queries.count_comment(session, comment_id, Comment.like_count, -1)


async def get_readable_comment(
    session: AsyncSession, comment_id: UUID, *, by: Principal
) -> Comment:
    """A comment that no block hides, on a post that the caller may read.

    Raises CommentNotFound, PostNotFound.
    """
    comment = await queries.get_comment(session, comment_id, viewer=by)
    await get_readable_post(session, comment.post_id, viewer=by)
    return comment


async def public_person(session: AsyncSession, user_id: UUID) -> PublicPerson:
    """What others may know of somebody, as events carry it."""
    person = await find_person(session, user_id)
    if person is None:
        return PublicPerson()
    return PublicPerson(**{name: getattr(person, name) for name in PublicPerson.model_fields})


def excerpt_of(text: str | None) -> str:
    """The beginning of a text, in one line."""
    words = " ".join((text or "").split())
    return words if len(words) <= EXCERPT else f"{words[: EXCERPT - 1]}…"
