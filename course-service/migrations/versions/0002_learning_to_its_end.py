"""enrollments, quizzes, progress and certificates"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_enrollments()
    _add_assessment()
    _add_certificates()


def downgrade() -> None:
    _drop_certificates()
    _drop_assessment()
    _drop_enrollments()


def _add_enrollments() -> None:
    op.create_table(
        "enrollments",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "IN_PROGRESS",
                "COMPLETED",
                "DROPPED",
                "REJECTED",
                name="enrollmentstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "how",
            sa.Enum("FREE", "ENTITLEMENT", name="admission", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("progress_pct", sa.Integer(), nullable=False),
        sa.Column("score_pct", sa.Integer(), nullable=True),
        sa.Column("last_lesson_id", sa.Uuid(), nullable=True),
        sa.Column("last_position_secs", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_enrollments_course_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollments")),
        sa.UniqueConstraint("user_id", "course_id", name=op.f("uq_enrollments_user_id_course_id")),
    )
    op.create_index("ix_enrollments_course_id", "enrollments", ["course_id", "id"], unique=False)
    op.create_table(
        "lesson_progress",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("covered", postgresql.INT4MULTIRANGE(), nullable=False),
        sa.Column("covered_pct", sa.Integer(), nullable=False),
        sa.Column("position_secs", sa.Integer(), nullable=True),
        sa.Column("current_page", sa.Integer(), nullable=True),
        sa.Column("score_pct", sa.Integer(), nullable=True),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_lesson_progress_enrollment_id")
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lessons.id"], name=op.f("fk_lesson_progress_lesson_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_progress")),
        sa.UniqueConstraint(
            "user_id", "lesson_id", name=op.f("uq_lesson_progress_user_id_lesson_id")
        ),
    )
    op.create_index(
        "ix_lesson_progress_enrollment_id", "lesson_progress", ["enrollment_id"], unique=False
    )


def _add_assessment() -> None:
    op.create_table(
        "quizzes",
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("questions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("passing_score", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=True),
        sa.Column("time_limit_secs", sa.Integer(), nullable=True),
        sa.Column("randomize_order", sa.Boolean(), nullable=False),
        sa.Column("shuffle_options", sa.Boolean(), nullable=False),
        sa.Column(
            "show_answers",
            sa.Enum(
                "NEVER",
                "AFTER_SUBMIT",
                "AFTER_PASS",
                name="showanswers",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum("DRAFT", "PUBLISHED", name="quizstatus", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_quizzes_course_id")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_quizzes_lesson_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quizzes")),
    )
    op.create_index("ix_quizzes_course_id", "quizzes", ["course_id"], unique=False)
    op.create_index(
        "uq_quizzes_lesson_id",
        "quizzes",
        ["lesson_id"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "attempts",
        sa.Column("quiz_id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("IN_PROGRESS", "SUBMITTED", name="attemptstatus", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("paper", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("passing_score", sa.Integer(), nullable=False),
        sa.Column(
            "show_answers",
            sa.Enum(
                "NEVER",
                "AFTER_SUBMIT",
                "AFTER_PASS",
                name="showanswers",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("score_pct", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["quiz_id"], ["quizzes.id"], name=op.f("fk_attempts_quiz_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(
        "ix_attempts_deadline_at",
        "attempts",
        ["deadline_at"],
        unique=False,
        postgresql_where=sa.text("status = 'IN_PROGRESS'"),
    )
    op.create_index("ix_attempts_user_id", "attempts", ["user_id", "quiz_id", "id"], unique=False)
    op.create_index(
        "uq_attempts_open",
        "attempts",
        ["quiz_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("status = 'IN_PROGRESS'"),
    )


def _add_certificates() -> None:
    op.execute("CREATE SEQUENCE certificate_numbers")
    op.create_table(
        "certificates",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("course_title", sa.Text(), nullable=False),
        sa.Column("instructor_name", sa.Text(), nullable=False),
        sa.Column("recipient_name", sa.Text(), nullable=True),
        sa.Column("certificate_number", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("verification_url", sa.Text(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "ISSUED",
                "REVOKED",
                name="certificatestatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_certificates_enrollment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("certificate_number", name=op.f("uq_certificates_certificate_number")),
        sa.UniqueConstraint("code", name=op.f("uq_certificates_code")),
        sa.UniqueConstraint("enrollment_id", name=op.f("uq_certificates_enrollment_id")),
    )
    op.create_index(
        "ix_certificates_due_at",
        "certificates",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.create_index("ix_certificates_user_id", "certificates", ["user_id", "id"], unique=False)


def _drop_enrollments() -> None:
    op.drop_index("ix_lesson_progress_enrollment_id", table_name="lesson_progress")
    op.drop_table("lesson_progress")
    op.drop_index("ix_enrollments_course_id", table_name="enrollments")
    op.drop_table("enrollments")


def _drop_assessment() -> None:
    op.drop_index(
        "uq_attempts_open",
        table_name="attempts",
        postgresql_where=sa.text("status = 'IN_PROGRESS'"),
    )
    op.drop_index("ix_attempts_user_id", table_name="attempts")
    op.drop_index(
        "ix_attempts_deadline_at",
        table_name="attempts",
        postgresql_where=sa.text("status = 'IN_PROGRESS'"),
    )
    op.drop_table("attempts")
    op.drop_index(
        "uq_quizzes_lesson_id", table_name="quizzes", postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.drop_index("ix_quizzes_course_id", table_name="quizzes")
    op.drop_table("quizzes")


def _drop_certificates() -> None:
    op.drop_index("ix_certificates_user_id", table_name="certificates")
    op.drop_index(
        "ix_certificates_due_at",
        table_name="certificates",
        postgresql_where=sa.text("status = 'PENDING'"),
    )
    op.drop_table("certificates")
    op.execute("DROP SEQUENCE certificate_numbers")
