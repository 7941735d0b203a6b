"""What goes on between people: what it takes and answers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from auth_service.social.models import ReportStatus
from servicekit.fields import In, Out, ShortText


class FollowOut(Out):
    """Whether the caller follows the person now, and the person's counters."""

    user_id: UUID
    following: bool
    followers_count: int
    following_count: int


class BlockOut(Out):
    """Whether the caller blocks the person now."""

    user_id: UUID
    blocked: bool


class MuteOut(Out):
    """Whether the caller mutes the person now."""

    user_id: UUID
    muted: bool


class PersonOut(Out):
    """Somebody, as far as everybody may know."""

    id: UUID
    full_name: str | None
    username: str | None
    headline: str | None
    specialty: str | None
    avatar_url: str | None
    verified: bool


class FollowedPersonOut(PersonOut):
    """Somebody who follows or is followed; `following`: whether the caller follows them."""

    following: bool
    followed_at: datetime


class BarredPersonOut(PersonOut):
    """Somebody whom the caller blocks or mutes, and since when."""

    since: datetime


class SuggestionOut(PersonOut):
    """Somebody to follow: `mutual_count` of those whom the caller follows do so already."""

    mutual_count: int
    same_specialty: bool


class ReportIn(In):
    """What is wrong with a person."""

    reason: Annotated[ShortText, Field(min_length=1)]


class ReportOut(Out):
    """A report as the one who made it sees it."""

    id: UUID
    reported_id: UUID
    reason: str
    status: ReportStatus
    created_at: datetime


class ReviewedReportOut(ReportOut):
    """A report as moderators see it."""

    reporter_id: UUID
    action_taken: str | None
    reviewer_id: UUID | None
    reviewed_at: datetime | None


class ReportFilter(BaseModel):
    """Which reports are looked for."""

    model_config = ConfigDict(extra="ignore")

    status: ReportStatus | None = None
    reported_id: UUID | None = None


class Decision(StrEnum):
    """What a moderator makes of a report."""

    REVIEWED = "REVIEWED"
    ACTIONED = "ACTIONED"
    DISMISSED = "DISMISSED"


class ReportReviewIn(In):
    """A decision, and what was done."""

    status: Decision
    action_taken: ShortText | None = None

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)
