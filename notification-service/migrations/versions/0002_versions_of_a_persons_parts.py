"""each part of a person has a version of its own"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("contact_version", "role_version"):
        op.add_column(
            "people", sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)
        )


def downgrade() -> None:
    op.drop_column("people", "role_version")
    op.drop_column("people", "contact_version")
