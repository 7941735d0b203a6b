"""What admins send, and what they are shown."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from auth_service.accounts.fields import EmailAddress, NewPassword, PhoneNumber, Years
from auth_service.accounts.models import AccountStatus
from auth_service.accounts.schemas import AccountOut
from auth_service.profiles.schemas import AccountPatch, OwnAccountOut
from contracts.access import Role
from contracts.auth import Profession
from servicekit.clock import now
from servicekit.fields import In, Moment, Out, ShortText, Title, clean_line

Word = Annotated[str, Field(max_length=254), AfterValidator(clean_line)]


class UserFilter(BaseModel):
    """Who is looked for: `q` is held by the address, name or username; `state` is `status`."""

    model_config = ConfigDict(extra="ignore")

    q: Word | None = None
    email: Word | None = None
    name: Word | None = None
    role: Role | None = None
    status: AccountStatus | None = None
    state: AccountStatus | None = None


class UserIn(In):
    """A new account. Without a password its owner is mailed a link to choose one."""

    email: EmailAddress
    password: NewPassword | None = None
    role: Role = Role.STUDENT
    full_name: Title | None = None
    phone_number: PhoneNumber | None = None
    profession: Profession | None = None
    specialty: Title | None = None
    sub_specialty: Title | None = None
    years_of_experience: Years | None = None
    hospital_name: Title | None = None

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        return cls.absent_if_null(values)


class UserPatch(AccountPatch):
    """The profile, the telephone number and the address; a new address has to be proved anew."""

    email: EmailAddress = ""


class RoleIn(In):
    """The role that a person is to have."""

    role: Role


class AdminIn(In):
    """Who is to become an admin."""

    user_id: UUID


def _in_future(moment: datetime) -> datetime:
    if moment <= now():
        raise ValueError("the time has passed")
    return moment


class SuspensionIn(In):
    """Why, and until when; without `until` for good."""

    reason: Annotated[ShortText, Field(min_length=1)]
    until: Annotated[Moment, AfterValidator(_in_future)] | None = None


class SuspensionOut(Out):
    """Whether somebody may sign in, and if not, since when, until when and why."""

    status: AccountStatus
    suspended_at: datetime | None
    suspended_until: datetime | None
    suspension_reason: str | None


class UserOut(AccountOut, SuspensionOut):
    """An account as admins see it."""


class WholeUserOut(OwnAccountOut, SuspensionOut):
    """A person as admins see them: profile, account and suspension."""
