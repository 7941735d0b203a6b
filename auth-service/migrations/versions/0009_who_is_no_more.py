"""who is no more"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tombstones",
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="nobody any more"),
        sa.Column("tombstone_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looks", sa.SmallInteger(), nullable=False),
        sa.Column("look_again_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_tombstones")),
    )
    op.create_index(op.f("ix_tombstones_look_again_at"), "tombstones", ["look_again_at"])
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("deleted_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("user_id", name=op.f("uq_erasures_user_id")),
    )
    op.create_index(
        "ix_erasures_open",
        "erasures",
        ["requested_at"],
        postgresql_where=sa.text("completed_at IS NULL"),
    )
    op.create_table(
        "erasure_answers",
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["erasure_id"],
            ["erasures.id"],
            name=op.f("fk_erasure_answers_erasure_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("erasure_id", "service", name=op.f("pk_erasure_answers")),
    )
    # Reports outlive the people in them, under tombstones.
    for column in ("reporter_id", "reported_id"):
        op.drop_constraint(f"fk_user_reports_{column}", "user_reports", type_="foreignkey")


def downgrade() -> None:
    # Reports about tombstones have nobody to point to.
    op.execute("DELETE FROM user_reports WHERE reporter_id NOT IN (SELECT id FROM users)")
    op.execute("DELETE FROM user_reports WHERE reported_id NOT IN (SELECT id FROM users)")
    for column in ("reporter_id", "reported_id"):
        op.create_foreign_key(
            f"fk_user_reports_{column}",
            "user_reports",
            "users",
            [column],
            ["id"],
            ondelete="CASCADE",
        )
    op.drop_table("erasure_answers")
    op.drop_table("erasures")
    op.drop_table("tombstones")
