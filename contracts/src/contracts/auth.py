"""What auth-service says: accounts, profiles, relations, letters to send."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from contracts.access import Role, VerificationStatus
from contracts.event import Account, Event, Person


class Profession(StrEnum):
    """What a person does in medicine."""

    DOCTOR_SPECIALIST = "DOCTOR_SPECIALIST"
    DOCTOR_GP = "DOCTOR_GP"
    NURSE = "NURSE"
    PHARMACIST = "PHARMACIST"
    STUDENT = "STUDENT"
    ASSOCIATION = "ASSOCIATION"
    OTHER = "OTHER"


class UserRegistered(Event):
    """An account came into being, by whatever way. Published once per account.

    `registered_by` is the admin who made it for somebody else.
    """

    name: ClassVar[str] = "user.registered"
    aggregate: ClassVar[str] = "user"

    user_id: UUID
    role: Role
    verified: bool = False
    profession: Profession | None = None
    specialty: str | None = None
    locale: str = "en"
    person: Account
    registered_by: UUID | None = None


class UserProfileUpdated(Event):
    """What others may see of a person changed; `person` is complete, not a difference.

    `changed_by` is the admin who changed it for them.
    """

    name: ClassVar[str] = "user.profile_updated"
    aggregate: ClassVar[str] = "user"

    user_id: UUID
    specialty: str | None = None
    person: Person
    changed_by: UUID | None = None


class UserContactChanged(Event):
    """Where a person can be written to, and whether they proved that the address is theirs.

    `changed_by` is the admin who changed it for them.
    """

    name: ClassVar[str] = "user.contact_changed"
    aggregate: ClassVar[str] = "user"

    user_id: UUID
    email_verified: bool
    person: Account
    changed_by: UUID | None = None


class UserFollowed(Event):
    """One person follows another. A relation keeps its row, so `version` goes on after an end."""

    name: ClassVar[str] = "user.followed"
    aggregate: ClassVar[str] = "follow"

    follow_id: UUID
    follower_id: UUID
    followee_id: UUID
    person: Person


class UserUnfollowed(Event):
    """One person follows another no longer."""

    name: ClassVar[str] = "user.unfollowed"
    aggregate: ClassVar[str] = "follow"

    follow_id: UUID
    follower_id: UUID
    followee_id: UUID


class UserBlocked(Event):
    """One person hides another and themselves from each other. The row stays after an end."""

    name: ClassVar[str] = "user.blocked"
    aggregate: ClassVar[str] = "block"

    block_id: UUID
    blocker_id: UUID
    blocked_id: UUID


class UserUnblocked(Event):
    """One person blocks another no longer."""

    name: ClassVar[str] = "user.unblocked"
    aggregate: ClassVar[str] = "block"

    block_id: UUID
    blocker_id: UUID
    blocked_id: UUID


class UserMuted(Event):
    """One person keeps another out of their feeds. The other is not told."""

    name: ClassVar[str] = "user.muted"
    aggregate: ClassVar[str] = "mute"

    mute_id: UUID
    muter_id: UUID
    muted_id: UUID


class UserUnmuted(Event):
    """One person mutes another no longer."""

    name: ClassVar[str] = "user.unmuted"
    aggregate: ClassVar[str] = "mute"

    mute_id: UUID
    muter_id: UUID
    muted_id: UUID


class UserReported(Event):
    """One person has told the moderators of another."""

    name: ClassVar[str] = "user.reported"
    aggregate: ClassVar[str] = "user_report"

    user_report_id: UUID
    reporter_id: UUID
    reported_id: UUID


class UserReportReviewed(Event):
    """A moderator has decided on a report: `REVIEWED`, `ACTIONED` or `DISMISSED`."""

    name: ClassVar[str] = "user_report.reviewed"
    aggregate: ClassVar[str] = "user_report"

    user_report_id: UUID
    reporter_id: UUID
    reported_id: UUID
    reviewer_id: UUID | None = None
    status: str


class VerificationSubmitted(Event):
    """A document waits for a moderator."""

    name: ClassVar[str] = "verification.submitted"
    aggregate: ClassVar[str] = "verification"

    verification_id: UUID
    user_id: UUID
    document_type: str
    asset_id: UUID | None = None


class VerificationOpened(Event):
    """A moderator has opened a document for the first time; it is in review now."""

    name: ClassVar[str] = "verification.opened"
    aggregate: ClassVar[str] = "verification"

    verification_id: UUID
    user_id: UUID
    opened_by: UUID


class VerificationReviewed(Event):
    """A moderator decided on a document."""

    name: ClassVar[str] = "verification.reviewed"
    aggregate: ClassVar[str] = "verification"

    verification_id: UUID
    user_id: UUID
    reviewer_id: UUID
    status: VerificationStatus
    notes: str | None = None


class Sealed(Event):
    """A one-time code or link to be sent. `sealed` holds JSON under MultiFernet, never clear text.

    The clear JSON is `{"link": …, "code": …}`; keys are in DOCFLIQ_SEALING_KEYS.
    """

    channel: Literal["EMAIL", "SMS"]
    sealed: str
    expires_at: datetime
    locale: str = "en"
    person: Account


class SealedLetter(Sealed):
    """One of them to somebody who has an account."""

    user_id: UUID


class OtpRequested(Sealed):
    """Somebody wants to sign in by a code; nothing tells whether they have an account.

    `person` holds the one address or number that `channel` needs.
    """

    name: ClassVar[str] = "otp.requested"
    aggregate: ClassVar[str] = "otp"


class PasswordResetRequested(SealedLetter):
    """Somebody asked for a new password of an account that exists."""

    name: ClassVar[str] = "password_reset.requested"
    aggregate: ClassVar[str] = "password_reset"


class EmailVerificationRequested(SealedLetter):
    """An address waits for its owner's confirmation."""

    name: ClassVar[str] = "email_verification.requested"
    aggregate: ClassVar[str] = "email_verification"


class PasswordChanged(Event):
    """A password was replaced, by its owner or through a reset."""

    name: ClassVar[str] = "password.changed"
    aggregate: ClassVar[str] = "user"

    user_id: UUID
    cause: Literal["CHANGED", "RESET"]
    device: str | None = None
    address: str | None = None


class MfaChanged(Event):
    """What a person needs besides the first proof to sign in has changed.

    `factor` is `TOTP` or `PASSKEY`, or the channel of codes, `EMAIL` or `SMS`; `change` is
    `ENABLED`, `DISABLED` or `BACKUP_CODE_USED`. More may come.
    """

    name: ClassVar[str] = "mfa.changed"
    aggregate: ClassVar[str] = "user"

    user_id: UUID
    factor: str
    change: str
    device: str | None = None
    address: str | None = None


class SessionStarted(Event):
    """Somebody signed in.

    `method` tells a new account from one that was there; `way` is what the person showed:
    `PASSWORD`, `OTP` or `PASSKEY`, and more may come. `second_factor`: whether one was shown too.
    """

    name: ClassVar[str] = "session.started"
    aggregate: ClassVar[str] = "session"

    session_id: UUID
    user_id: UUID
    method: Literal["PASSWORD", "REGISTRATION"]
    device: str | None = None
    address: str | None = None
    way: str | None = None
    second_factor: bool | None = None


class SessionRefused(Event):
    """A sign-in to an existing account failed.

    `factor`, if there is one, is what was wrong (`WRONG_PASSWORD`) instead of the password: `TOTP`,
    `PASSKEY`, or a code that came by `EMAIL` or `SMS`. With `sid` it was no sign-in: that session
    was asked for the password.
    """

    name: ClassVar[str] = "session.refused"
    aggregate: ClassVar[str] = "refusal"

    user_id: UUID
    cause: Literal["WRONG_PASSWORD", "LOCKED", "SUSPENDED", "REFRESH_REUSED"]
    address: str | None = None
    factor: str | None = None
    device: str | None = None
    sid: UUID | None = None


class SigningKeyCreated(Event):
    """Somebody at the command line has made a key that will sign access tokens."""

    name: ClassVar[str] = "signing_key.created"
    aggregate: ClassVar[str] = "signing_key"

    signing_key_id: UUID
    signs_from: datetime


class InviteCreated(Event):
    """An admin has made a code that grants a role. Neither code nor address goes along."""

    name: ClassVar[str] = "invite.created"
    aggregate: ClassVar[str] = "invite"

    invite_id: UUID
    role_to_grant: Role
    max_uses: int
    expires_at: datetime
    created_by: UUID


class InviteRevoked(Event):
    """An invite was taken back; whoever redeemed it keeps the role."""

    name: ClassVar[str] = "invite.revoked"
    aggregate: ClassVar[str] = "invite"

    invite_id: UUID
    revoked_by: UUID


class InviteRedeemed(Event):
    """Somebody has taken the role that a code grants. `uses` of `max_uses` are taken now."""

    name: ClassVar[str] = "invite.redeemed"
    aggregate: ClassVar[str] = "invite"

    invite_id: UUID
    user_id: UUID
    role: Role
    uses: int
    max_uses: int
    created_by: UUID
    person: Person
