"""What this service knows of a person."""

from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from contracts.access import Role
from notification_service.database import Model


class Person(Model):
    """A copy of what auth-service says. Of each part the newest version wins by itself.

    `version` is the name's; an event about one part must not hide an older one about another.
    """

    __tablename__ = "people"
    __table_args__ = (
        Index(
            "ix_people_moderators",
            "user_id",
            postgresql_where=text("role IN ('moderator', 'admin')"),
        ),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    contact_version: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    role_version: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    role: Mapped[Role] = mapped_column(default=Role.STUDENT)
    full_name: Mapped[str | None]
    email: Mapped[str | None]
    phone_number: Mapped[str | None]
    locale: Mapped[str] = mapped_column(default="en")
