"""What this service knows of a person."""

from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from contracts.access import Role
from notification_service.database import Model


class Person(Model):
    """A copy of what auth-service says, newest version wins."""

    __tablename__ = "people"
    __table_args__ = (
        Index(
            "ix_people_moderators",
            "user_id",
            postgresql_where=text("role IN ('moderator', 'admin')"),
        ),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    role: Mapped[Role] = mapped_column(default=Role.STUDENT)
    full_name: Mapped[str | None]
    email: Mapped[str | None]
    phone_number: Mapped[str | None]
    locale: Mapped[str] = mapped_column(default="en")
