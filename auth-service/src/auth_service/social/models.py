"""Who follows whom, and how many; who keeps whom away; who reports whom."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.database import Model
from servicekit.clock import now
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
            postgresql_include=["followee_id"],
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


class BarrierKind(StrEnum):
    """A BLOCK hides both from each other; a MUTE hides the other from its owner's feeds."""

    BLOCK = "BLOCK"
    MUTE = "MUTE"


class BarrierStatus(StrEnum):
    """Whether the barrier stands. Its row stays when it ends, so that its version goes on."""

    STANDING = "STANDING"
    ENDED = "ENDED"


class Barrier(WithId, Model):
    """One person keeps another away, or did."""

    __tablename__ = "barriers"
    __table_args__ = (
        UniqueConstraint("owner_id", "target_id", "kind"),
        CheckConstraint("owner_id <> target_id", name="not_oneself"),
        Index(
            "ix_barriers_owner",
            "owner_id",
            "kind",
            "id",
            postgresql_where=text("status = 'STANDING'"),
        ),
        Index(
            "ix_barriers_target",
            "target_id",
            "owner_id",
            postgresql_where=text("status = 'STANDING' AND kind = 'BLOCK'"),
        ),
    )

    kind: Mapped[BarrierKind]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    target_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    status: Mapped[BarrierStatus]
    version: Mapped[int]
    raised_at: Mapped[datetime]


class ReportStatus(StrEnum):
    """Where a report stands. Whoever reviews it chooses one of the last three, once."""

    OPEN = "OPEN"
    REVIEWED = "REVIEWED"
    ACTIONED = "ACTIONED"
    DISMISSED = "DISMISSED"


class UserReport(WithId, Model):
    """One person tells moderators of another. One of a pair waits at a time."""

    __tablename__ = "user_reports"
    __table_args__ = (
        Index(
            "uq_user_reports_open",
            "reporter_id",
            "reported_id",
            unique=True,
            postgresql_where=text("status = 'OPEN'"),
        ),
        Index("ix_user_reports_status_id", "status", "id"),
        Index("ix_user_reports_reported_id", "reported_id"),
    )

    # Tombstones of people who are no more, or people.
    reporter_id: Mapped[UUID]
    reported_id: Mapped[UUID]
    reason: Mapped[str]
    status: Mapped[ReportStatus]
    action_taken: Mapped[str | None]
    reviewer_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    reviewed_at: Mapped[datetime | None]
    version: Mapped[int]

    def __init__(self, **values: Any) -> None:
        defaults: dict[str, Any] = {"status": ReportStatus.OPEN, "created_at": now(), "version": 1}
        super().__init__(**(defaults | values))

    def review(
        self, status: ReportStatus, *, by: UUID, action_taken: str | None, at: datetime
    ) -> bool:
        """A moderator's decision. Returns False, and changes nothing, if it was decided before."""
        if self.status is not ReportStatus.OPEN:
            return False
        self.status, self.reviewer_id = status, by
        self.action_taken, self.reviewed_at = action_taken, at
        self.version += 1
        return True
