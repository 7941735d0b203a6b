"""Invites and who has redeemed them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.database import Model
from contracts.access import Role
from servicekit.clock import now
from servicekit.database import WithId


class InviteStatus(StrEnum):
    """Whether an invite can be redeemed, and if not, why."""

    OPEN = "OPEN"
    USED_UP = "USED_UP"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


class Invite(WithId, Model):
    """A code that raises whoever redeems it to a role. Only the code's digest is kept.

    `code_hint` is its end, by which an admin tells one from another. `version` counts what was
    announced; it and `uses` change only in the statement that checks what is left.
    """

    __tablename__ = "invites"
    __table_args__ = (
        CheckConstraint("uses >= 0 AND uses <= max_uses", name="within_uses"),
        CheckConstraint("role_to_grant <> 'admin'", name="never_admin"),
    )

    code_sha256: Mapped[bytes] = mapped_column(unique=True)
    code_hint: Mapped[str]
    role_to_grant: Mapped[Role]
    email: Mapped[str | None]
    email_key: Mapped[str | None]
    max_uses: Mapped[int]
    uses: Mapped[int]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    version: Mapped[int]

    def __init__(self, **values: Any) -> None:
        defaults: dict[str, Any] = {"uses": 0, "created_at": now(), "version": 1}
        super().__init__(**(defaults | values))

    @property
    def status(self) -> InviteStatus:
        """Where it stands now."""
        if self.revoked_at is not None:
            return InviteStatus.REVOKED
        if self.uses >= self.max_uses:
            return InviteStatus.USED_UP
        return InviteStatus.EXPIRED if self.expires_at <= now() else InviteStatus.OPEN

    def is_for(self, email_key: str | None) -> bool:
        """Whether somebody with this address, or with none, may redeem it."""
        return self.email_key is None or self.email_key == email_key

    def revoke(self, at: datetime) -> bool:
        """Nobody redeems it any more. Returns False if it was taken back before."""
        if self.revoked_at is not None:
            return False
        self.revoked_at = at
        self.version += 1
        return True


class InviteRedemption(WithId, Model):
    """One person has redeemed an invite."""

    __tablename__ = "invite_redemptions"
    __table_args__ = (
        UniqueConstraint("invite_id", "user_id"),
        Index("ix_invite_redemptions_user_id", "user_id"),
    )

    invite_id: Mapped[UUID] = mapped_column(ForeignKey("invites.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    redeemed_at: Mapped[datetime]
