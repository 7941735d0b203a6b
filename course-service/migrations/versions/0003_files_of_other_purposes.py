"""files of other purposes"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Only files for lessons were kept so far, and an older worker beside this keeps only those.
    op.add_column(
        "assets",
        sa.Column(
            "purpose",
            sa.Enum(
                "AVATAR",
                "BANNER",
                "LOGO",
                "POST",
                "LESSON",
                "SCORM",
                "LICENSE",
                "REPORT",
                "ATTACHMENT",
                name="purpose",
                native_enum=False,
                length=32,
            ),
            server_default="LESSON",
            nullable=False,
        ),
    )


def downgrade() -> None:
    op.execute("DELETE FROM assets WHERE purpose <> 'LESSON'")
    op.drop_column("assets", "purpose")
