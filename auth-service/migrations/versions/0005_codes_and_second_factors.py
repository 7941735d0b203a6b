"""codes and second factors, and accounts that a phone number opens"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("email", "email_key", "password_hash"):
        op.alter_column("users", column, existing_type=sa.Text(), nullable=True)
    op.add_column("users", sa.Column("phone_verified_at", sa.DateTime(timezone=True)))
    op.create_index(
        "uq_users_verified_phone_number",
        "users",
        ["phone_number"],
        unique=True,
        postgresql_where=sa.text("phone_verified_at IS NOT NULL"),
    )
    op.add_column("sessions", sa.Column("second_factor_at", sa.DateTime(timezone=True)))
    _make_codes()
    _make_second_factors()


def downgrade() -> None:
    for table in ("mfa_challenges", "backup_codes", "totp_factors", "one_time_codes"):
        op.drop_table(table)
    op.drop_column("sessions", "second_factor_at")
    op.drop_index("uq_users_verified_phone_number", table_name="users")
    op.drop_column("users", "phone_verified_at")
    # Whoever has no address or no password cannot be kept by what was there before.
    op.execute("DELETE FROM users WHERE email IS NULL OR password_hash IS NULL")
    for column in ("email", "email_key", "password_hash"):
        op.alter_column("users", column, existing_type=sa.Text(), nullable=False)


def _make_codes() -> None:
    op.create_table(
        "one_time_codes",
        sa.Column("destination_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_codes")),
    )
    op.create_index(op.f("ix_one_time_codes_created_at"), "one_time_codes", ["created_at"])
    op.create_index(
        op.f("ix_one_time_codes_destination_sha256_created_at"),
        "one_time_codes",
        ["destination_sha256", "created_at"],
    )


def _make_second_factors() -> None:
    op.create_table(
        "totp_factors",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=True),
        _belongs_to_a_person("totp_factors"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_totp_factors")),
    )
    op.create_table(
        "backup_codes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        _belongs_to_a_person("backup_codes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_codes")),
    )
    op.create_index(op.f("ix_backup_codes_user_id"), "backup_codes", ["user_id"])
    op.create_table(
        "mfa_challenges",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column(
            "way",
            sa.Enum("PASSWORD", "OTP", name="way", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        _belongs_to_a_person("mfa_challenges"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mfa_challenges")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_mfa_challenges_token_sha256")),
    )
    for column in ("user_id", "expires_at"):
        op.create_index(op.f(f"ix_mfa_challenges_{column}"), "mfa_challenges", [column])


def _belongs_to_a_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["users.id"], name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE"
    )
