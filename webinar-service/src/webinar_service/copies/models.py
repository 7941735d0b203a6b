"""Copies of what auth-service and payment-service own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from servicekit.clock import now
from webinar_service.database import Model


class Person(Model):
    """Somebody's public name."""

    __tablename__ = "people"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    full_name: Mapped[str | None]
    username: Mapped[str | None]
    headline: Mapped[str | None]
    avatar_url: Mapped[str | None]
    version: Mapped[int]


class WebinarEntitlement(Model):
    """Whether somebody has paid for a webinar, as payment-service says."""

    __tablename__ = "webinar_entitlements"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    webinar_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_open: Mapped[bool]
    expires_at: Mapped[datetime | None]
    version: Mapped[int]

    @property
    def gives_access(self) -> bool:
        """Whether it opens the webinar now."""
        return self.is_open and (self.expires_at is None or self.expires_at > now())
