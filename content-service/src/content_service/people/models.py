"""People and their relations, as auth-service tells of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from content_service.database import Model


class Person(Model):
    """What others may know of somebody; each part has the version of the news it came with."""

    __tablename__ = "people"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    full_name: Mapped[str | None]
    username: Mapped[str | None]
    headline: Mapped[str | None]
    specialty: Mapped[str | None]
    city: Mapped[str | None]
    avatar_url: Mapped[str | None]
    verified: Mapped[bool]
    profile_version: Mapped[int]
    verified_version: Mapped[int]

    def as_author(self) -> dict[str, Any]:
        """What a card shows of its author."""
        return author_card(self.user_id, **{name: getattr(self, name) for name in AUTHOR_FIELDS})


AUTHOR_FIELDS = ("full_name", "username", "headline", "specialty", "avatar_url", "verified")


def author_card(user_id: UUID, **known: Any) -> dict[str, Any]:
    """The author's part of a card; what is not known yet is null."""
    facts = {name: known.get(name) for name in AUTHOR_FIELDS}
    return {"id": str(user_id), **facts, "verified": bool(facts["verified"])}


class Follow(Model):
    """One person follows another. The row stays after the end, so that its version survives."""

    __tablename__ = "follows"
    __table_args__ = (
        Index(
            "ix_follows_active",
            "follower_id",
            "followee_id",
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    follower_id: Mapped[UUID] = mapped_column(primary_key=True)
    followee_id: Mapped[UUID] = mapped_column(primary_key=True)
    ended_at: Mapped[datetime | None]
    version: Mapped[int]


class BarrierKind(StrEnum):
    """A BLOCK hides both from each other everywhere; a MUTE hides one from the other's feeds."""

    BLOCK = "BLOCK"
    MUTE = "MUTE"


class Barrier(Model):
    """Somebody whom a viewer is not shown. A block is two rows, one for each of the two.

    `relation_id` is the block or mute itself: two people may block each other. The row stays after
    the end, so that its version survives.
    """

    __tablename__ = "barriers"
    __table_args__ = (
        Index(
            "ix_barriers_standing",
            "viewer_id",
            "hidden_id",
            "kind",
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    viewer_id: Mapped[UUID] = mapped_column(primary_key=True)
    hidden_id: Mapped[UUID] = mapped_column(primary_key=True)
    relation_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[BarrierKind]
    ended_at: Mapped[datetime | None]
    version: Mapped[int]
