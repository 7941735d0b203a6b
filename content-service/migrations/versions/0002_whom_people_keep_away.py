"""whom people keep away"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.Enum("BLOCK", "MUTE", name="barrierkind", native_enum=False, length=32)
    op.create_table(
        "barriers",
        sa.Column("viewer_id", sa.Uuid(), nullable=False),
        sa.Column("hidden_id", sa.Uuid(), nullable=False),
        sa.Column("relation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("viewer_id", "hidden_id", "relation_id", name=op.f("pk_barriers")),
    )
    op.create_index(
        "ix_barriers_standing",
        "barriers",
        ["viewer_id", "hidden_id", "kind"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("barriers")
