"""who is no more"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
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


def downgrade() -> None:
    op.drop_table("tombstones")
