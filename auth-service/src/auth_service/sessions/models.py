"""Sessions, the refresh tokens that keep them alive, and failures that lock a door."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.database import Model
from auth_service.sessions.errors import AccountLocked
from servicekit.database import WithId

FREE_FAILURES = 5
FIRST_LOCK_SECS = 30
LONGEST_LOCK_SECS = 900
FORGET_FAILURES = timedelta(hours=24)
LOST_ANSWER = timedelta(seconds=10)


class Way(StrEnum):
    """What a person showed first to come in."""

    PASSWORD = "PASSWORD"  # noqa: S105  (a word, not a secret)
    OTP = "OTP"
    PASSKEY = "PASSKEY"
    OIDC = "OIDC"


@dataclass(frozen=True, slots=True)
class Proof:
    """What a session stands on."""

    way: Way
    second_factor: bool = False


BY_PASSWORD = Proof(Way.PASSWORD)


class AuthSession(WithId, Model):
    """One device of one person, from signing in to signing out: a family of refresh tokens.

    `address` is where it was last seen.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        Index(
            "ix_sessions_live", "user_id", "last_seen_at", postgresql_where=text("ended_at IS NULL")
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    device: Mapped[str | None]
    address: Mapped[str | None]
    started_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    second_factor_at: Mapped[datetime | None]

    def end(self, at: datetime) -> bool:
        """No token of this session refreshes any more. Returns False if it had ended before."""
        if self.ended_at is not None:
            return False
        self.ended_at = at
        return True


class RefreshToken(WithId, Model):
    """One refresh token. `used_at` is when it was exchanged for the next one."""

    __tablename__ = "refresh_tokens"

    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    token_sha256: Mapped[bytes] = mapped_column(unique=True)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]

    def was_replayed(self, at: datetime) -> bool:
        """Whether it comes again later than a lost answer explains."""
        return self.used_at is not None and at - self.used_at > LOST_ANSWER


def refuse_until(locked_until: datetime | None, at: datetime) -> None:
    """Raises AccountLocked with the seconds to wait; without a time there are none."""
    wait_secs = (locked_until - at).total_seconds() if locked_until else 0
    if wait_secs > 0:
        raise AccountLocked(headers={"Retry-After": str(int(wait_secs) + 1)})


class LoginFailure(Model):
    """Failed sign-ins to one address, known or not: the answer must not tell which."""

    __tablename__ = "login_failures"

    email_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_failed_at: Mapped[datetime] = mapped_column(index=True)
    locked_until: Mapped[datetime | None]

    def __init__(self, **values: Any) -> None:
        super().__init__(**({"failures": 0} | values))

    def refuse_while_locked(self, at: datetime) -> None:
        """Raises AccountLocked with the seconds to wait."""
        refuse_until(self.locked_until, at)

    def count(self, at: datetime) -> bool:
        """One more failure; from the fifth on the door stays locked, each time twice as long.

        Returns whether it is locked now.
        """
        if self.failures and at - self.last_failed_at > FORGET_FAILURES:
            self.failures = 0
        self.failures, self.last_failed_at = self.failures + 1, at
        if self.failures < FREE_FAILURES:
            return False
        doublings = min(self.failures - FREE_FAILURES, 10)
        lock_secs = min(FIRST_LOCK_SECS * 2**doublings, LONGEST_LOCK_SECS)
        self.locked_until = at + timedelta(seconds=lock_secs)
        return True
