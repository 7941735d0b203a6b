"""lessons that change under their learners"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recounts",
        sa.Column("course_id", sa.Uuid(), nullable=False),
        *_queue(),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_recounts_course_id_courses")
        ),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_recounts")),
    )
    op.create_table(
        "remeasurements",
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        *_queue(),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lessons.id"], name=op.f("fk_remeasurements_lesson_id_lessons")
        ),
        sa.PrimaryKeyConstraint("lesson_id", name=op.f("pk_remeasurements")),
    )
    op.create_index(
        "ix_lesson_progress_unfinished",
        "lesson_progress",
        ["lesson_id", "id"],
        unique=False,
        postgresql_where=sa.text("completed_at IS NULL"),
    )
    # Whoever had nothing left to do, and was never told, is counted once more.
    op.execute(
        "INSERT INTO recounts (course_id)"
        " SELECT DISTINCT course_id FROM enrollments WHERE status = 'IN_PROGRESS'"
    )


def downgrade() -> None:
    op.drop_index(
        "ix_lesson_progress_unfinished",
        table_name="lesson_progress",
        postgresql_where=sa.text("completed_at IS NULL"),
    )
    op.drop_table("remeasurements")
    op.drop_table("recounts")


def _queue() -> tuple[sa.Column[object], sa.Column[object]]:
    """How far the worker is, and since when it was not there."""
    return (
        sa.Column("after", sa.Uuid(), nullable=True),
        sa.Column(
            "queued_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
    )
