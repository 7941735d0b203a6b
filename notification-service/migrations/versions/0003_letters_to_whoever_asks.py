"""letters to whoever asks, with an account or without"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAME = "uq_deliveries_source_event_id_user_id_channel"
COLUMNS = ["source_event_id", "user_id", "channel"]


def upgrade() -> None:
    op.alter_column("deliveries", "user_id", existing_type=sa.Uuid(), nullable=True)
    op.drop_constraint(NAME, "deliveries", type_="unique")
    op.create_unique_constraint(NAME, "deliveries", COLUMNS, postgresql_nulls_not_distinct=True)


def downgrade() -> None:
    op.execute("DELETE FROM deliveries WHERE user_id IS NULL")
    op.drop_constraint(NAME, "deliveries", type_="unique")
    op.create_unique_constraint(NAME, "deliveries", COLUMNS)
    op.alter_column("deliveries", "user_id", existing_type=sa.Uuid(), nullable=False)
