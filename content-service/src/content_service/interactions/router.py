"""Likes, bookmarks and comments."""

from uuid import UUID

from fastapi import APIRouter, Response
from starlette import status

from content_service.feed.pages import page_response
from content_service.feed.queries import list_bookmarked
from content_service.feed.router import At
from content_service.feed.schemas import FeedItemOut
from content_service.interactions import service
from content_service.interactions.queries import get_readable_post, list_comments
from content_service.interactions.schemas import (
    BookmarkOut,
    CommentIn,
    CommentOut,
    CommentPatch,
    LikeOut,
)
from content_service.interactions.views import show_comments
from servicekit.access import Caller, MaybeCaller
from servicekit.pagination import Page, encode_cursor
from servicekit.web.app import Tx
from servicekit.web.reads import Reads

router = APIRouter(prefix="/interactions", tags=["interactions"])

GONE = status.HTTP_204_NO_CONTENT


@router.post("/posts/{post_id}/like")
async def like_post(post_id: UUID, caller: Caller, tx: Tx) -> LikeOut:
    """Like a post. Repeating it changes nothing."""
    return LikeOut(liked=True, like_count=await service.like_post(tx, post_id=post_id, by=caller))


@router.delete("/posts/{post_id}/like", status_code=GONE)
async def unlike_post(post_id: UUID, caller: Caller, tx: Tx) -> None:
    """Take a like back."""
    await service.unlike_post(tx, post_id=post_id, by=caller)


@router.post("/posts/{post_id}/bookmark")
async def bookmark_post(post_id: UUID, caller: Caller, tx: Tx) -> BookmarkOut:
    """Keep a post for later. Repeating it changes nothing."""
    count = await service.bookmark_post(tx, post_id=post_id, by=caller)
    return BookmarkOut(bookmarked=True, bookmark_count=count)


@router.delete("/posts/{post_id}/bookmark", status_code=GONE)
async def unbookmark_post(post_id: UUID, caller: Caller, tx: Tx) -> None:
    """Keep a post no longer."""
    await service.unbookmark_post(tx, post_id=post_id, by=caller)


@router.get("/bookmarks", response_model=Page[FeedItemOut])
async def list_bookmarks(caller: Caller, at: At, reads: Reads) -> Response:
    """What the caller keeps, the last kept first; posts that can be read no longer are left out."""
    return page_response(await list_bookmarked(reads, caller, at), at.limit - 1)


@router.get("/posts/{post_id}/comments")
async def read_comments(
    post_id: UUID, caller: MaybeCaller, at: At, tx: Tx, parent_comment_id: UUID | None = None
) -> Page[CommentOut]:
    """The comments on a post, oldest first, answers among them; or one comment's answers.

    A deleted comment keeps its place while it has answers.
    """
    await get_readable_post(tx, post_id, viewer=caller)
    limit = at.limit - 1
    rows = await list_comments(
        tx,
        post_id,
        viewer=caller,
        parent=parent_comment_id,
        after=at.start,
        limit=at.limit,
    )
    shown = await show_comments(tx, rows[:limit], caller)
    more = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=shown, next_cursor=more)


@router.post("/posts/{post_id}/comments", status_code=201)
async def write_comment(
    post_id: UUID, body: CommentIn, response: Response, caller: Caller, tx: Tx
) -> CommentOut:
    """Comment on a post, or answer a comment on it; answers are not answered."""
    comment = await service.write_comment(tx, post_id=post_id, **body.model_dump(), by=caller)
    response.headers["Location"] = f"/api/v1/interactions/posts/{post_id}/comments"
    [shown] = await show_comments(tx, [comment], caller)
    return shown


@router.patch("/comments/{comment_id}")
async def edit_comment(comment_id: UUID, body: CommentPatch, caller: Caller, tx: Tx) -> CommentOut:
    """Give one of the caller's comments another text."""
    comment = await service.edit_comment(tx, comment_id=comment_id, body=body.body, by=caller)
    [shown] = await show_comments(tx, [comment], caller)
    return shown


@router.delete("/comments/{comment_id}", status_code=GONE)
async def remove_comment(comment_id: UUID, caller: Caller, tx: Tx) -> None:
    """Take one of the caller's comments away."""
    await service.remove_comment(tx, comment_id=comment_id, by=caller)


@router.post("/comments/{comment_id}/like")
async def like_comment(comment_id: UUID, caller: Caller, tx: Tx) -> LikeOut:
    """Like a comment. Repeating it changes nothing."""
    count = await service.like_comment(tx, comment_id=comment_id, by=caller)
    return LikeOut(liked=True, like_count=count)


@router.delete("/comments/{comment_id}/like", status_code=GONE)
async def unlike_comment(comment_id: UUID, caller: Caller, tx: Tx) -> None:
    """Take a like of a comment back."""
    await service.unlike_comment(tx, comment_id=comment_id, by=caller)
