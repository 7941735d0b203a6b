"""whom people keep away, and what they tell moderators of each other"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_barriers()
    _make_reports()
    op.drop_index("ix_follows_following", table_name="follows")
    op.create_index(
        "ix_follows_following",
        "follows",
        ["follower_id", "id"],
        postgresql_where=sa.text("status = 'FOLLOWING'"),
        postgresql_include=["followee_id"],
    )
    op.drop_index("ix_users_specialty_key", table_name="users")
    op.create_index(
        "ix_users_specialty_key", "users", [sa.literal_column("lower(specialty)"), "id"]
    )


def downgrade() -> None:
    op.drop_index("ix_users_specialty_key", table_name="users")
    op.create_index("ix_users_specialty_key", "users", [sa.literal_column("lower(specialty)")])
    op.drop_index("ix_follows_following", table_name="follows")
    op.create_index(
        "ix_follows_following",
        "follows",
        ["follower_id", "id"],
        postgresql_where=sa.text("status = 'FOLLOWING'"),
    )
    op.drop_table("user_reports")
    op.drop_table("barriers")


def _make_barriers() -> None:
    kind = sa.Enum("BLOCK", "MUTE", name="barrierkind", native_enum=False, length=32)
    status = sa.Enum("STANDING", "ENDED", name="barrierstatus", native_enum=False, length=32)
    op.create_table(
        "barriers",
        sa.Column("kind", kind, nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("status", status, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("owner_id <> target_id", name=op.f("ck_barriers_not_oneself")),
        *_people("barriers", "owner_id", "target_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_barriers")),
        sa.UniqueConstraint(
            "owner_id", "target_id", "kind", name=op.f("uq_barriers_owner_id_target_id_kind")
        ),
    )
    op.create_index(
        "ix_barriers_owner",
        "barriers",
        ["owner_id", "kind", "id"],
        postgresql_where=sa.text("status = 'STANDING'"),
    )
    op.create_index(
        "ix_barriers_target",
        "barriers",
        ["target_id", "owner_id"],
        postgresql_where=sa.text("status = 'STANDING' AND kind = 'BLOCK'"),
    )


def _make_reports() -> None:
    status = sa.Enum(
        *("OPEN", "REVIEWED", "ACTIONED", "DISMISSED"),
        name="reportstatus",
        native_enum=False,
        length=32,
    )
    op.create_table(
        "user_reports",
        sa.Column("reporter_id", sa.Uuid(), nullable=False),
        sa.Column("reported_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", status, nullable=False),
        sa.Column("action_taken", sa.Text()),
        sa.Column("reviewer_id", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_people("user_reports", "reporter_id", "reported_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_reports")),
    )
    op.create_index(
        "uq_user_reports_open",
        "user_reports",
        ["reporter_id", "reported_id"],
        unique=True,
        postgresql_where=sa.text("status = 'OPEN'"),
    )
    op.create_index("ix_user_reports_status_id", "user_reports", ["status", "id"])
    op.create_index("ix_user_reports_reported_id", "user_reports", ["reported_id"])


def _people(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column], ["users.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
        )
        for column in columns
    ]
