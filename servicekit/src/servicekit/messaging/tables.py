"""The three tables that carry events across crashes: outbox, inbox, deferred."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB


def messaging_tables(metadata: MetaData) -> None:
    """Add outbox, inbox and deferred to `metadata`; repeating it changes nothing.

    `outbox.type` is the routing key and `outbox.headers` all AMQP headers but `source`, so that the
    relay only carries. An empty `target` means `docfliq.events`; `docfliq.dead` or, on the desk, a
    queue name sends the row there instead.
    """
    if "outbox" in metadata.tables:
        return
    _outbox(metadata)
    _inbox(metadata)
    _deferred(metadata)


def _outbox(metadata: MetaData) -> None:
    Table(
        "outbox",
        metadata,
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("id", Uuid, nullable=False),
        Column("type", Text, nullable=False),
        Column("target", Text, nullable=False, server_default=text("''")),
        Column("aggregate", Text, nullable=False),
        Column("version", BigInteger, nullable=False),
        Column("payload", Text, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("last_error", Text),
        Column("parked_at", DateTime(timezone=True)),
    )


def _inbox(metadata: MetaData) -> None:
    inbox = Table(
        "inbox",
        metadata,
        Column("handler", Text, nullable=False),
        Column("event_id", Uuid, nullable=False),
        Column("handled_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        PrimaryKeyConstraint("handler", "event_id"),
    )
    Index("ix_inbox_handled_at", inbox.c.handled_at, postgresql_using="brin")


def _deferred(metadata: MetaData) -> None:
    deferred = Table(
        "deferred",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("handler", Text, nullable=False),
        Column("event_id", Uuid, nullable=False),
        Column("aggregate", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("due", DateTime(timezone=True), nullable=False),
        Column("early", Boolean, nullable=False, server_default=text("false")),
        Column("error", Text),
        Column("since", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    )
    Index("ix_deferred_due", deferred.c.due)
    Index(
        "ix_deferred_handler_aggregate_id", deferred.c.handler, deferred.c.aggregate, deferred.c.id
    )
