"""the audit trail, which PostgreSQL lets nobody change"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# No foreign keys between these: checking one locks a row, which wants the right to change it.
APPEND_ONLY = ("audit_entries", "audit_anchors")


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("DONE", "ASKED", "REFUSED", name="outcome", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=True),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_entries_event_id")),
    )
    for name in ("actor_id", "action", "resource_id", "resource_type", "happened_at"):
        op.create_index(f"ix_audit_entries_{name}", "audit_entries", [name, "number"])
    op.create_table(
        "audit_circumstances",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_circumstances")),
    )
    op.create_index("ix_audit_circumstances_person_id", "audit_circumstances", ["person_id"])
    op.create_table(
        "audit_anchors",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_anchors")),
    )
    _let_nobody_change_them()


def _let_nobody_change_them() -> None:
    """Refused by right and by trigger; provisioning then takes the tables from the service's role,
    so that it can lift neither."""
    op.execute(
        """
        CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit trail is only added to'
                USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    for table in APPEND_ONLY:
        _refuse(table, "UPDATE OR DELETE OR TRUNCATE")
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM CURRENT_USER")
    # What is personal may go, for erasure; it may not become something else.
    _refuse("audit_circumstances", "UPDATE OR TRUNCATE")
    op.execute("REVOKE UPDATE, TRUNCATE ON audit_circumstances FROM CURRENT_USER")


def _refuse(table: str, acts: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_stay BEFORE {acts} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_stay")


def downgrade() -> None:
    op.drop_table("audit_anchors")
    op.drop_table("audit_circumstances")
    op.drop_table("audit_entries")
    op.execute("DROP FUNCTION refuse_change_of_audit")
