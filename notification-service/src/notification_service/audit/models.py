"""The chain of entries, what is personal about them, and marks that tell how far it reached."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from notification_service.database import Model


class Outcome(StrEnum):
    """Whether it was done, only asked for, or refused."""

    DONE = "DONE"
    ASKED = "ASKED"
    REFUSED = "REFUSED"


class AuditEntry(Model):
    """One act. Numbers have no gaps; the hash covers every other column (see `chain`).

    PostgreSQL refuses to change or delete rows of this table, whoever asks.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_actor_id", "actor_id", "number"),
        Index("ix_audit_entries_action", "action", "number"),
        Index("ix_audit_entries_resource_id", "resource_id", "number"),
        Index("ix_audit_entries_resource_type", "resource_type", "number"),
        Index("ix_audit_entries_happened_at", "happened_at", "number"),
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    action: Mapped[str]
    actor_id: Mapped[UUID | None]
    resource_type: Mapped[str]
    resource_id: Mapped[UUID]
    outcome: Mapped[Outcome]
    cause: Mapped[str | None]
    details: Mapped[dict[str, Any]]
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    commitment: Mapped[str | None]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class AuditCircumstance(Model):
    """What is personal about one entry. It may be deleted, never changed: the chain holds a
    commitment to it alone, and without the salt that commitment tells nothing."""

    __tablename__ = "audit_circumstances"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    person_id: Mapped[UUID | None] = mapped_column(index=True)
    salt: Mapped[str]
    address: Mapped[str | None]
    device: Mapped[str | None]
    note: Mapped[str | None]


class AuditAnchor(Model):
    """How far the chain had reached, one row for each transaction that added to it."""

    __tablename__ = "audit_anchors"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[str]
    recorded_at: Mapped[datetime]
