"""The ledger of points, its rules, and what the leaderboard reads."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.database import Model
from servicekit.database import WithId


class PointsRule(Model):
    """What an event type is worth, and how much of it a person can get in a day (UTC)."""

    __tablename__ = "points_rules"
    __table_args__ = (CheckConstraint("points > 0", name="gives_something"),)

    event_type: Mapped[str] = mapped_column(primary_key=True)
    points: Mapped[int]
    daily_cap: Mapped[int | None]
    changed_at: Mapped[datetime]


class PointsAccount(WithId, Model):
    """A person's balance: the sum of the ledger, kept with it in one transaction."""

    __tablename__ = "points_accounts"
    __table_args__ = (CheckConstraint("balance >= 0", name="never_negative"),)

    user_id: Mapped[UUID] = mapped_column(unique=True)
    balance: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)


class PointsTransaction(WithId, Model):
    """One line of the ledger. Lines are added and never changed."""

    __tablename__ = "points_transactions"
    __table_args__ = (
        UniqueConstraint("event_id", "user_id"),
        Index("ix_points_transactions_user_id_id", "user_id", "id"),
    )

    user_id: Mapped[UUID]
    event_id: Mapped[UUID]
    rule: Mapped[str]
    points: Mapped[int]
    balance: Mapped[int]
    happened_at: Mapped[datetime]


class LeaderboardEntry(Model):
    """A person's points in one period, such as `ALL`, `2026-11`, `2026-W47`, `2026-11-21`."""

    __tablename__ = "leaderboard_entries"
    __table_args__ = (Index("ix_leaderboard_entries_rank", "period", "points", "user_id"),)

    period: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    points: Mapped[int]


class Player(Model):
    """The name that the leaderboard shows; a copy of what auth-service says."""

    __tablename__ = "players"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    full_name: Mapped[str | None]
    username: Mapped[str | None]
    avatar_url: Mapped[str | None]
    version: Mapped[int]
