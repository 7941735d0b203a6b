"""People's accounts with their profiles, and the one-time tokens that were mailed to them."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, validates

from auth_service.database import Model
from contracts.access import Role, VerificationStatus
from contracts.auth import Profession
from servicekit.clock import now
from servicekit.database import WithId

MAX_TRIES = 5
LETTER_LIFETIME = timedelta(minutes=30)
REQUIRED_FIELDS = ("full_name",)


SEARCH_TEXT = (
    "plain_text(coalesce(full_name, '') || ' ' || coalesce(username, '') || ' ' || "
    "CASE WHEN coalesce(privacy ->> 'specialty', 'PUBLIC') = 'PUBLIC' "
    "THEN coalesce(specialty, '') ELSE '' END)"
)
"""What anybody may find a person by, as words in lower case without accents, each after a blank."""


class Origin(StrEnum):
    """How an account came into being. Demo accounts sign in in development only."""

    REGISTERED = "REGISTERED"
    DEMO = "DEMO"


class AccountStatus(StrEnum):
    """Whether the person may sign in."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


class Visibility(StrEnum):
    """Who may see a field of a profile."""

    PUBLIC = "PUBLIC"
    FOLLOWERS = "FOLLOWERS"
    PRIVATE = "PRIVATE"


class User(WithId, Model):
    """One person: the account, and the profile that belongs to it.

    `email` is as the person writes it, `email_key` what makes it unique; whoever signed up by SMS
    has none. A number opens the account only while `phone_verified_at` says that it was proved.
    `version` counts what was announced about the person; take the next one with `next_version`
    while the row is locked.
    """

    __tablename__ = "users"
    __table_args__ = (
        Index(
            "ix_users_search_text_trgm",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index("ix_users_specialty_key", text("lower(specialty)"), "id"),
        Index(
            "uq_users_verified_phone_number",
            "phone_number",
            unique=True,
            postgresql_where=text("phone_verified_at IS NOT NULL"),
        ),
        Index(
            "ix_users_suspended_until",
            "suspended_until",
            postgresql_where=text("status = 'SUSPENDED'"),
        ),
        Index("ix_users_admins", "id", postgresql_where=text("role = 'admin'")),
    )

    email: Mapped[str | None]
    email_key: Mapped[str | None] = mapped_column(unique=True)
    email_verified_at: Mapped[datetime | None]
    phone_number: Mapped[str | None]
    phone_verified_at: Mapped[datetime | None]
    password_hash: Mapped[str | None]
    role: Mapped[Role]
    origin: Mapped[Origin]
    status: Mapped[AccountStatus] = mapped_column(server_default=AccountStatus.ACTIVE.value)
    suspended_at: Mapped[datetime | None]
    suspended_until: Mapped[datetime | None]
    suspension_reason: Mapped[str | None]
    verified_until: Mapped[datetime | None]
    verification_status: Mapped[VerificationStatus | None]
    created_at: Mapped[datetime]
    version: Mapped[int]

    full_name: Mapped[str | None]
    username: Mapped[str | None] = mapped_column(unique=True)
    headline: Mapped[str | None]
    bio: Mapped[str | None]
    profession: Mapped[Profession | None]
    specialty: Mapped[str | None]
    sub_specialty: Mapped[str | None]
    years_of_experience: Mapped[int | None]
    hospital_name: Mapped[str | None]
    medical_license_number: Mapped[str | None]
    location_city: Mapped[str | None]
    location_state: Mapped[str | None]
    location_country: Mapped[str | None]
    interests: Mapped[list[str]]
    languages: Mapped[list[str]]
    privacy: Mapped[dict[str, Any]]
    avatar: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    banner: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    search_text: Mapped[str] = mapped_column(Computed(SEARCH_TEXT, persisted=True), deferred=True)
    waiting_avatar_id: Mapped[UUID | None] = mapped_column(index=True)
    waiting_banner_id: Mapped[UUID | None] = mapped_column(index=True)
    waiting_invite_id: Mapped[UUID | None]

    def __init__(self, **values: Any) -> None:
        defaults: dict[str, Any] = {
            "role": Role.STUDENT,
            "origin": Origin.REGISTERED,
            "status": AccountStatus.ACTIVE,
            "created_at": now(),
            "version": 0,
            "interests": [],
            "languages": [],
            "privacy": {},
        }
        super().__init__(**(defaults | values))

    @validates("phone_number")
    def _prove_anew(self, _: str, value: str | None) -> str | None:
        if value != self.phone_number:
            self.phone_verified_at = None
        return value

    @property
    def verified(self) -> bool:
        """Whether a licence was checked and has not lapsed."""
        return self.verified_until is not None and self.verified_until > now()

    @property
    def email_verified(self) -> bool:
        """Whether the person has shown that the address is theirs."""
        return self.email_verified_at is not None

    @property
    def roles(self) -> list[Role]:
        """The role as a list, for clients that expect several."""
        return [self.role]

    @property
    def missing_required_fields(self) -> list[str]:
        """What the profile still needs."""
        return [field for field in REQUIRED_FIELDS if getattr(self, field) is None]

    @property
    def profile_complete(self) -> bool:
        """Whether the profile has all it needs."""
        return not self.missing_required_fields

    def next_version(self) -> int:
        """The version of the next event about this person. The row must be locked."""
        self.version += 1
        return self.version

    def visibility_of(self, field: str) -> Visibility:
        """Who may see this field; everybody, unless the person said otherwise."""
        return Visibility(self.privacy.get(field, Visibility.PUBLIC))

    def is_suspended(self, at: datetime) -> bool:
        """Whether the person may not sign in; a suspension whose time has passed holds nobody."""
        ended = self.suspended_until is not None and self.suspended_until <= at
        return self.status is AccountStatus.SUSPENDED and not ended

    def suspend(self, *, reason: str, until: datetime | None, at: datetime) -> bool:
        """Keep the person out. Returns False if it was so, for this reason and this long."""
        known = (self.status, self.suspension_reason, self.suspended_until)
        if known == (AccountStatus.SUSPENDED, reason, until):
            return False
        if self.status is not AccountStatus.SUSPENDED:
            self.suspended_at = at
        self.status = AccountStatus.SUSPENDED
        self.suspension_reason, self.suspended_until = reason, until
        return True

    def reinstate(self) -> bool:
        """Let the person in again. Returns False if nothing kept them out."""
        if self.status is not AccountStatus.SUSPENDED:
            return False
        self.status = AccountStatus.ACTIVE
        self.suspended_at = self.suspended_until = self.suspension_reason = None
        return True

    def verify_email(self, at: datetime) -> bool:
        """The address is the person's. Returns False if that was known."""
        if self.email_verified_at is not None:
            return False
        self.email_verified_at = at
        return True


class LetterPurpose(StrEnum):
    """What a mailed token is good for."""

    EMAIL_VERIFICATION = "EMAIL_VERIFICATION"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105  (a word, not a secret)


class OneTimeToken(WithId, Model):
    """A mailed link, and the code beside it. Only digests are kept; both die with the first use."""

    __tablename__ = "one_time_tokens"
    __table_args__ = (
        Index(
            "uq_one_time_tokens_open",
            "user_id",
            "purpose",
            unique=True,
            postgresql_where=text("used_at IS NULL"),
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    purpose: Mapped[LetterPurpose]
    token_sha256: Mapped[bytes] = mapped_column(unique=True)
    code_digest: Mapped[bytes | None]
    email: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int]
    used_at: Mapped[datetime | None]

    def is_open(self, at: datetime) -> bool:
        """Whether it can still be used."""
        return self.used_at is None and at < self.expires_at and self.tries < MAX_TRIES
