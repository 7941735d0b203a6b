"""Facts about who may do what: every service with an API obeys them within a second."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Literal, TypeAlias
from uuid import UUID

from contracts.event import Event


class Role(StrEnum):
    """What a person may do, from least to most."""

    STUDENT = "student"
    MEMBER = "member"
    INSTRUCTOR = "instructor"
    MODERATOR = "moderator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """The place in the order of `Role`, 0 being the least."""
        return list(Role).index(self)


class VerificationStatus(StrEnum):
    """Where the check of a medical licence stands."""

    SUBMITTED = "SUBMITTED"
    IN_REVIEW = "IN_REVIEW"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


class UserRoleChanged(Event):
    """A person's role was raised or lowered. `not_before` is set only when something was lost."""

    name: ClassVar[str] = "user.role_changed"
    aggregate: ClassVar[str] = "user"

    user_id: UUID
    from_role: Role
    to_role: Role
    not_before: datetime | None = None
    changed_by: UUID | None = None


class UserVerificationChanged(Event):
    """A licence was accepted, refused, or lapsed. `not_before` is set only when it was lost."""

    name: ClassVar[str] = "user.verification_changed"
    aggregate: ClassVar[str] = "user"

    user_id: UUID
    verification_id: UUID
    from_status: VerificationStatus
    to_status: VerificationStatus
    verified: bool
    expires_on: date | None = None
    notes: str | None = None
    not_before: datetime | None = None


class UserSessionsRevoked(Event):
    """Tokens of one session (`sid`), or of all sessions, made before `not_before` are dead."""

    name: ClassVar[str] = "user.sessions_revoked"
    aggregate: ClassVar[str] = "user"

    user_id: UUID
    sid: UUID | None = None
    not_before: datetime
    cause: Literal["LOGOUT", "LOGOUT_ALL", "PASSWORD_RESET", "PASSWORD_CHANGED", "REFRESH_REUSED"]


class UserSuspended(Event):
    """A person may not sign in until `until`, or for good; tokens made before it are dead."""

    name: ClassVar[str] = "user.suspended"
    aggregate: ClassVar[str] = "user"

    user_id: UUID
    reason: str
    until: datetime | None = None
    not_before: datetime
    suspended_by: UUID | None = None


class UserReinstated(Event):
    """A suspension has ended: its time has passed, or somebody (`reinstated_by`) ended it."""

    name: ClassVar[str] = "user.reinstated"
    aggregate: ClassVar[str] = "user"

    user_id: UUID
    reinstated_by: UUID | None = None


class UserDeleted(Event):
    """An account is no more: whoever holds something of the person lets go of it by `deadline`.

    What the law makes a service keep stands under `tombstone_id` from then on. Said again, with
    the next version, while a service has not answered. `deleted_by` is the admin who did it.
    """

    name: ClassVar[str] = "user.deleted"
    aggregate: ClassVar[str] = "user"

    user_id: UUID
    tombstone_id: UUID
    deadline: datetime
    not_before: datetime
    deleted_by: UUID | None = None


LostRight: TypeAlias = (
    UserSessionsRevoked | UserSuspended | UserRoleChanged | UserVerificationChanged | UserDeleted
)
"""News that end tokens made before their `not_before`, if they have one."""
