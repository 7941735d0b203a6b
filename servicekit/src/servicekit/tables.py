"""The kit's own tables in every service's database, besides those of the backbone."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB


def kit_tables(metadata: sa.MetaData) -> None:
    """Add revocations, idempotency keys, tombstones and export wishes to a service's metadata."""
    if "revocations" in metadata.tables:
        return
    sa.Table(
        "revocations",
        metadata,
        sa.Column("user_id", sa.Uuid, primary_key=True),
        sa.Column("sid", sa.Uuid, primary_key=True, comment="all zeros: every session"),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    sa.Table(
        "idempotency_keys",
        metadata,
        sa.Column("caller_id", sa.Uuid, primary_key=True),
        sa.Column("route", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("body_sha256", sa.LargeBinary, nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("status", sa.SmallInteger),
        sa.Column("location", sa.Text),
        sa.Column("body", JSONB),
    )
    sa.Table(
        "tombstones",
        metadata,
        sa.Column("user_id", sa.Uuid, primary_key=True, comment="nobody any more"),
        sa.Column("tombstone_id", sa.Uuid, nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looks", sa.SmallInteger, nullable=False),
        sa.Column("look_again_at", sa.DateTime(timezone=True), index=True),
    )
    sa.Table(
        "export_wishes",
        metadata,
        sa.Column("export_id", sa.Uuid, primary_key=True),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
    )
