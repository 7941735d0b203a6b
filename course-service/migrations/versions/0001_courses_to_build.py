"""courses to build, and copies of what others own"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_backbone()
    _add_copies()
    _add_courses()


def downgrade() -> None:
    _drop_courses()
    _drop_copies()
    _drop_backbone()


def _add_backbone() -> None:
    op.create_table(
        "deferred",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("early", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column(
            "since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deferred")),
    )
    op.create_index("ix_deferred_due", "deferred", ["due"], unique=False)
    op.create_index(
        "ix_deferred_handler_aggregate_id", "deferred", ["handler", "aggregate", "id"], unique=False
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("caller_id", "route", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_claimed_at"), "idempotency_keys", ["claimed_at"], unique=False
    )
    op.create_table(
        "inbox",
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column(
            "handled_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("handler", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index(
        "ix_inbox_handled_at", "inbox", ["handled_at"], unique=False, postgresql_using="brin"
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
    )
    op.create_table(
        "revocations",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("sid", sa.Uuid(), nullable=False, comment="all zeros: every session"),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "sid", name=op.f("pk_revocations")),
    )
    op.create_index(op.f("ix_revocations_changed_at"), "revocations", ["changed_at"], unique=False)


def _add_copies() -> None:
    op.create_table(
        "assets",
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "UPLOADED",
                "FAILED",
                "PROCESSED",
                "DELETED",
                name="assetstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "IMAGE",
                "VIDEO",
                "AUDIO",
                "PDF",
                "ARCHIVE",
                "OTHER",
                name="mediakind",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=True),
        sa.Column("hls", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("duration_secs", sa.Double(), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_assets")),
    )
    op.create_table(
        "entitlements",
        sa.Column("entitlement_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("entitlement_id", name=op.f("pk_entitlements")),
    )
    op.create_index(
        "ix_entitlements_user_id", "entitlements", ["user_id", "course_id"], unique=False
    )
    op.create_table(
        "people",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_people")),
    )


def _add_courses() -> None:
    op.create_table(
        "courses",
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("instructor_name", sa.Text(), nullable=False),
        sa.Column("instructor_bio", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("specialty_tags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "pricing_type",
            sa.Enum(
                "FREE",
                "PAID",
                "FREE_PLUS_CERTIFICATE",
                name="pricingtype",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "visibility",
            sa.Enum(
                "PUBLIC",
                "MEMBER_ONLY",
                "VERIFIED_ONLY",
                name="coursevisibility",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("thumbnail_url", sa.Text(), nullable=True),
        sa.Column("syllabus", sa.Text(), nullable=True),
        sa.Column("access_code", sa.Text(), nullable=True),
        sa.Column(
            "certification_mode",
            sa.Enum(
                "COURSE",
                "MODULE",
                "BOTH",
                "NONE",
                name="certificationmode",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "DRAFT", "PUBLISHED", "ARCHIVED", name="coursestatus", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_courses_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
        sa.UniqueConstraint("slug", name=op.f("uq_courses_slug")),
    )
    op.create_index("ix_courses_author_id", "courses", ["author_id", "id"], unique=False)
    op.create_index(
        "ix_courses_catalogue",
        "courses",
        [sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("status = 'PUBLISHED' AND deleted_at IS NULL"),
    )
    op.create_index(
        "ix_courses_words",
        "courses",
        ["title"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"title": "gin_trgm_ops"},
    )
    op.create_table(
        "modules",
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_modules_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_modules")),
    )
    op.create_index("ix_modules_course_id", "modules", ["course_id", "sort_order"], unique=False)
    op.create_table(
        "lessons",
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "lesson_type",
            sa.Enum(
                "VIDEO",
                "PDF",
                "TEXT",
                "QUIZ",
                "SCORM",
                "PRACTICE",
                "PRESENTATION",
                "SURVEY",
                name="lessontype",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("content_url", sa.Text(), nullable=True),
        sa.Column("asset_id", sa.Uuid(), nullable=True),
        sa.Column("content_body", sa.Text(), nullable=True),
        sa.Column("slide_count", sa.Integer(), nullable=True),
        sa.Column("duration_mins", sa.Integer(), nullable=True),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("is_preview", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_lessons_course_id")),
        sa.ForeignKeyConstraint(["module_id"], ["modules.id"], name=op.f("fk_lessons_module_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lessons")),
    )
    op.create_index("ix_lessons_course_id", "lessons", ["course_id"], unique=False)
    op.create_index("ix_lessons_module_id", "lessons", ["module_id", "sort_order"], unique=False)


def _drop_backbone() -> None:
    op.drop_index(op.f("ix_revocations_changed_at"), table_name="revocations")
    op.drop_table("revocations")
    op.drop_table("outbox")
    op.drop_index("ix_inbox_handled_at", table_name="inbox", postgresql_using="brin")
    op.drop_table("inbox")
    op.drop_index(op.f("ix_idempotency_keys_claimed_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index("ix_deferred_handler_aggregate_id", table_name="deferred")
    op.drop_index("ix_deferred_due", table_name="deferred")
    op.drop_table("deferred")


def _drop_copies() -> None:
    op.drop_table("people")
    op.drop_index("ix_entitlements_user_id", table_name="entitlements")
    op.drop_table("entitlements")
    op.drop_table("assets")


def _drop_courses() -> None:
    op.drop_index("ix_lessons_module_id", table_name="lessons")
    op.drop_index("ix_lessons_course_id", table_name="lessons")
    op.drop_table("lessons")
    op.drop_index("ix_modules_course_id", table_name="modules")
    op.drop_table("modules")
    op.drop_index(
        "ix_courses_words",
        table_name="courses",
        postgresql_using="gin",
        postgresql_ops={"title": "gin_trgm_ops"},
    )
    op.drop_index(
        "ix_courses_catalogue",
        table_name="courses",
        postgresql_where=sa.text("status = 'PUBLISHED' AND deleted_at IS NULL"),
    )
    op.drop_index("ix_courses_author_id", table_name="courses")
    op.drop_table("courses")
