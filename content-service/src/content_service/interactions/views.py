"""Comments with their authors and the viewer's own state."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from content_service.feed.schemas import AuthorOut
from content_service.interactions.models import Comment
from content_service.interactions.queries import list_liked_comments
from content_service.interactions.schemas import CommentOut
from content_service.people.models import author_card
from content_service.people.queries import list_people
from servicekit.access.principal import Principal


async def show_comments(
    session: AsyncSession, comments: Sequence[Comment], viewer: Principal | None
) -> list[CommentOut]:
    """The comments as the viewer gets them."""
    known = {one.user_id: one for one in await list_people(session, _authors(comments))}
    liked: set[UUID] = set()
    if viewer is not None:
        ids = [comment.id for comment in comments]
        liked |= await list_liked_comments(session, ids, user_id=viewer.user_id)
    shown = []
    for comment in comments:
        gone = comment.deleted_at is not None
        person = known.get(comment.user_id)
        author = author_card(comment.user_id) if person is None else person.as_author()
        shown.append(
            CommentOut(
                id=comment.id,
                post_id=comment.post_id,
                parent_comment_id=comment.parent_comment_id,
                user_id=None if gone else comment.user_id,
                author=None if gone else AuthorOut.model_validate(author),
                body=None if gone else comment.body,
                deleted=gone,
                like_count=comment.like_count,
                reply_count=comment.reply_count,
                liked=comment.id in liked,
                created_at=comment.created_at,
                edited_at=comment.edited_at,
            )
        )
    return shown


def _authors(comments: Sequence[Comment]) -> set[UUID]:
    return {comment.user_id for comment in comments if comment.deleted_at is None}
