"""What readers do with posts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from content_service.database import Model
from servicekit.database import WithId


class Like(WithId, Model):
    """Somebody likes a post. The row stays when it is taken back: the second time is silent."""

    __tablename__ = "likes"
    __table_args__ = (UniqueConstraint("user_id", "post_id"),)

    user_id: Mapped[UUID]
    post_id: Mapped[UUID]
    liked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CommentLike(Model):
    """Somebody likes a comment."""

    __tablename__ = "comment_likes"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    comment_id: Mapped[UUID] = mapped_column(primary_key=True)
    liked_at: Mapped[datetime]


class Bookmark(WithId, Model):
    """Somebody keeps a post for later."""

    __tablename__ = "bookmarks"
    __table_args__ = (
        UniqueConstraint("user_id", "post_id"),
        Index("ix_bookmarks_user_id_id", "user_id", "id"),
    )

    user_id: Mapped[UUID]
    post_id: Mapped[UUID]
    bookmarked_at: Mapped[datetime]


class Comment(WithId, Model):
    """A comment, or an answer to one. A deleted one keeps its place without its text."""

    __tablename__ = "comments"
    __table_args__ = (Index("ix_comments_post_id_id", "post_id", "id"),)

    post_id: Mapped[UUID]
    user_id: Mapped[UUID]
    parent_comment_id: Mapped[UUID | None]
    body: Mapped[str]
    like_count: Mapped[int]
    reply_count: Mapped[int]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int]

    def rewrite(self, body: str, at: datetime) -> None:
        """Give it another text."""
        self.body, self.edited_at = body, at
        self.version += 1

    def remove(self, at: datetime) -> bool:
        """Take its text away. False if it is gone already."""
        if self.deleted_at is not None:
            return False
        self.deleted_at, self.body = at, ""
        self.version += 1
        return True
