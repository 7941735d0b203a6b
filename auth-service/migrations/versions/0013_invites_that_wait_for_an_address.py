"""invites that wait until an address is proved"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("waiting_invite_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "waiting_invite_id")
