"""Sent codes, authenticator apps with backup codes, passkeys, and sign-ins half done."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.database import Model
from auth_service.sessions.models import Way
from servicekit.database import WithId

MAX_TRIES = 5
CODE_LIFETIME = timedelta(minutes=5)
CHALLENGE_LIFETIME = timedelta(minutes=5)


class OtpChannel(StrEnum):
    """How a code reaches its owner."""

    EMAIL = "EMAIL"
    SMS = "SMS"


class OneTimeCode(WithId, Model):
    """A code that was sent to an address, known or not. Only digests of both are kept."""

    __tablename__ = "one_time_codes"
    __table_args__ = (Index(None, "destination_sha256", "created_at"),)

    destination_sha256: Mapped[bytes]
    code_digest: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    tries: Mapped[int]
    used_at: Mapped[datetime | None]

    def is_open(self, at: datetime) -> bool:
        """Whether it can still be used."""
        return self.used_at is None and at < self.expires_at and self.tries < MAX_TRIES


class TotpFactor(Model):
    """One person's authenticator app (RFC 6238). The row outlives the app: `ended_at`.

    `last_step` is the newest half minute whose code was accepted; no older one is good any more.
    """

    __tablename__ = "totp_factors"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    sealed_secret: Mapped[str | None]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    last_step: Mapped[int | None]

    @property
    def is_on(self) -> bool:
        """Whether signing in needs it."""
        return self.confirmed_at is not None and self.ended_at is None

    @property
    def is_waiting(self) -> bool:
        """Whether it was set up and not confirmed yet."""
        return self.confirmed_at is None and self.ended_at is None

    def begin(self, sealed_secret: str, at: datetime) -> None:
        """A new app, which is not confirmed yet."""
        self.sealed_secret, self.created_at = sealed_secret, at
        self.confirmed_at = self.ended_at = self.last_step = None

    def end(self, at: datetime) -> None:
        """Forget the secret; signing in needs the app no longer."""
        self.sealed_secret, self.ended_at = None, at


class BackupCode(WithId, Model):
    """A code for the day on which the phone is lost, good once."""

    __tablename__ = "backup_codes"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    code_sha256: Mapped[bytes]
    used_at: Mapped[datetime | None]


class MfaChallenge(WithId, Model):
    """Somebody showed the first factor and has yet to show the second."""

    __tablename__ = "mfa_challenges"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_sha256: Mapped[bytes] = mapped_column(unique=True)
    way: Mapped[Way]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int]
    used_at: Mapped[datetime | None]

    def is_open(self, at: datetime) -> bool:
        """Whether the second factor may still be tried."""
        return self.used_at is None and at < self.expires_at and self.tries < MAX_TRIES


class Passkey(WithId, Model):
    """A public key whose private half never leaves a device (WebAuthn). The row outlives the key.

    `sign_count` is the authenticator's own counter; many keep it at 0.
    """

    __tablename__ = "passkeys"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger())
    name: Mapped[str]
    backed_up: Mapped[bool]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class PasskeyChallenge(Model):
    """What an authenticator is asked to sign: to add a key of this person, or to let anybody in."""

    __tablename__ = "passkey_challenges"

    challenge_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(index=True)
