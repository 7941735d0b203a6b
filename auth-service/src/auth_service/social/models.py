"""Who follows whom, and how many."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.database import Model
from servicekit.database import WithId


class FollowStatus(StrEnum):
    """Whether the relation stands. Its row stays when it ends, so that its version goes on."""

    FOLLOWING = "FOLLOWING"
    ENDED = "ENDED"


class Follow(WithId, Model):
    """One person follows another, or did."""

    __tablename__ = "follows"
    __table_args__ = (
        UniqueConstraint("follower_id", "followee_id"),
        CheckConstraint("follower_id <> followee_id", name="not_oneself"),
        Index(
            "ix_follows_followers",
            "followee_id",
            "id",
            postgresql_where=text("status = 'FOLLOWING'"),
        ),
        Index(
            "ix_follows_following",
            "follower_id",
            "id",
            postgresql_where=text("status = 'FOLLOWING'"),
        ),
    )

    follower_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    followee_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    status: Mapped[FollowStatus]
    version: Mapped[int]
    followed_at: Mapped[datetime]


class FollowCount(Model):
    """How many a person follows, and how many follow them."""

    __tablename__ = "follow_counts"
    __table_args__ = (CheckConstraint("followers >= 0 AND following >= 0", name="not_negative"),)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    followers: Mapped[int]
    following: Mapped[int]
