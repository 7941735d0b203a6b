"""What clients send and see of points."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from servicekit.fields import In, Out


class Period(StrEnum):
    """The time that a leaderboard counts, in UTC."""

    ALL = "ALL"
    MONTH = "MONTH"
    WEEK = "WEEK"
    DAY = "DAY"


class RuledEvent(StrEnum):
    """The events that a rule can name."""

    USER_REGISTERED = "user.registered"
    POST_PUBLISHED = "post.published"
    POST_LIKED = "post.liked"
    COMMENT_CREATED = "comment.created"
    ENROLLMENT_CREATED = "enrollment.created"
    ENROLLMENT_COMPLETED = "enrollment.completed"
    LESSON_COMPLETED = "lesson.completed"
    QUIZ_SUBMITTED = "quiz.submitted"


class BalanceOut(Out):
    """A person's points."""

    user_id: UUID
    balance: int
    full_name: str | None
    username: str | None


class TransactionOut(Out):
    """One line of the ledger; `balance` is the sum after it."""

    id: UUID
    event_id: UUID
    rule: str
    points: int
    balance: int
    happened_at: datetime


class RankOut(Out):
    """One place on the leaderboard; people with equal points share a rank."""

    rank: int
    user_id: UUID
    points: int
    full_name: str | None
    username: str | None
    avatar_url: str | None


class LeaderboardOut(Out):
    """The people with the most points of a period."""

    period: Period
    items: list[RankOut]


class RuleIn(In):
    """Points for each event of a type; `daily_cap` bounds what one person gets by it in a day."""

    event_type: RuledEvent
    points: Annotated[int, Field(ge=1, le=100_000)]
    daily_cap: Annotated[int, Field(ge=1, le=1_000_000)] | None = None


class RulesIn(In):
    """The rules from now on; an event type without a rule gives nothing."""

    rules: Annotated[list[RuleIn], Field(max_length=100)]

    @model_validator(mode="after")
    def _one_rule_a_type(self) -> Self:
        if len({rule.event_type for rule in self.rules}) != len(self.rules):
            raise ValueError("one rule an event type")
        return self


class RuleOut(Out):
    """A rule as it stands."""

    event_type: str
    points: int
    daily_cap: int | None
    changed_at: datetime


class RulesOut(Out):
    """All rules."""

    rules: list[RuleOut]
