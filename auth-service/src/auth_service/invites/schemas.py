"""What invites take and show."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from auth_service.accounts.fields import EmailAddress
from auth_service.invites.models import InviteStatus
from contracts.access import Role
from servicekit.clock import now
from servicekit.fields import In, Moment, Out, clean_line

InviteCode = Annotated[str, AfterValidator(clean_line), Field(min_length=1, max_length=100)]
"""A code as somebody types it: case, dashes and blanks do not count."""


class GrantableRole(StrEnum):
    """What a code may grant. Never admin, and everybody is a student."""

    MEMBER = "member"
    INSTRUCTOR = "instructor"
    MODERATOR = "moderator"


def _in_future(moment: datetime) -> datetime:
    if moment <= now():
        raise ValueError("the time has passed")
    return moment


class InviteIn(In):
    """Whom to invite to what; without `expires_at` for thirty days."""

    role_to_grant: GrantableRole
    email: EmailAddress | None = None
    max_uses: Annotated[int, Field(ge=1, le=100_000)] = 1
    expires_at: Annotated[Moment, AfterValidator(_in_future)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)


class RedeemIn(In):
    """A code that somebody was given."""

    code: InviteCode


class InviteFilter(BaseModel):
    """Which invites are looked for."""

    model_config = ConfigDict(extra="ignore")

    status: InviteStatus | None = None


class InviteOut(Out):
    """An invite as admins see it; `code_hint` is the end of its code."""

    id: UUID
    code_hint: str
    role_to_grant: Role
    email: str | None
    max_uses: int
    uses: int
    status: InviteStatus
    created_by: UUID
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class NewInviteOut(InviteOut):
    """The only answer that ever holds the code."""

    code: str


class OfferOut(Out):
    """What a code offers to the caller; `for_me` is false if it is for another address."""

    role_to_grant: Role
    status: InviteStatus
    expires_at: datetime
    for_me: bool


class RedemptionOut(Out):
    """The invite is redeemed; the role shows in tokens from the next refresh on."""

    invite_id: UUID
    user_id: UUID
    role: Role
    redeemed_at: datetime
