"""who is suspended, for how long and why"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    status = sa.Enum("ACTIVE", "SUSPENDED", name="accountstatus", native_enum=False, length=32)
    op.add_column("users", sa.Column("status", status, server_default="ACTIVE", nullable=False))
    op.add_column("users", sa.Column("suspended_at", sa.DateTime(timezone=True)))
    op.add_column("users", sa.Column("suspended_until", sa.DateTime(timezone=True)))
    op.add_column("users", sa.Column("suspension_reason", sa.Text()))
    op.create_index(
        "ix_users_suspended_until",
        "users",
        ["suspended_until"],
        postgresql_where=sa.text("status = 'SUSPENDED'"),
    )
    op.create_index("ix_users_admins", "users", ["id"], postgresql_where=sa.text("role = 'admin'"))


def downgrade() -> None:
    op.drop_index("ix_users_admins", table_name="users")
    op.drop_index("ix_users_suspended_until", table_name="users")
    for column in ("suspension_reason", "suspended_until", "suspended_at", "status"):
        op.drop_column("users", column)
