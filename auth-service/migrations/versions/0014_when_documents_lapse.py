"""when documents lapse: looked for twice a minute"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_verifications_expires_on",
        "verifications",
        ["expires_on"],
        postgresql_where=sa.text("status = 'APPROVED'"),
    )


def downgrade() -> None:
    op.drop_index("ix_verifications_expires_on", table_name="verifications")
