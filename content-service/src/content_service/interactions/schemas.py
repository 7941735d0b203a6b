"""Likes, bookmarks and comments on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from content_service.bodies import PostBody
from content_service.feed.schemas import AuthorOut
from servicekit.fields import In, Out, clean_text


def _something(value: str) -> str:
    if not value.strip():
        raise ValueError("a comment says something")
    return value.strip()


CommentText = Annotated[
    str, Field(max_length=5_000), AfterValidator(clean_text), AfterValidator(_something)
]


class LikeOut(Out):
    """Whether the caller likes it, and how many do."""

    liked: bool
    like_count: int


class BookmarkOut(Out):
    """Whether the caller keeps it, and how many do."""

    bookmarked: bool
    bookmark_count: int


class CommentIn(PostBody):
    """A comment, or an answer to one."""

    body: CommentText
    parent_comment_id: UUID | None = None


class CommentPatch(In):
    """Another text for a comment."""

    body: CommentText


class CommentOut(Out):
    """A comment. A deleted one keeps its place with `body` and `author` null."""

    id: UUID
    post_id: UUID
    parent_comment_id: UUID | None
    user_id: UUID | None
    author: AuthorOut | None
    body: str | None
    deleted: bool
    like_count: int
    reply_count: int
    liked: bool
    created_at: datetime
    edited_at: datetime | None
