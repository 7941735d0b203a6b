"""posts, people, channels, assets, search and the backbone's tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_kit()
    _create_uploads()
    _create_people()
    _create_posts()
    _create_reactions()
    _create_documents()


def downgrade() -> None:
    _drop_documents()
    _drop_reactions()
    _drop_posts()
    _drop_people()
    _drop_uploads()
    _drop_kit()


def _create_kit() -> None:
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


def _drop_kit() -> None:
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


def _create_uploads() -> None:
    op.create_table(
        "assets",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
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
            nullable=False,
        ),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "UPLOADED",
                "PROCESSING",
                "READY",
                "FAILED",
                name="assetstatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
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
            nullable=False,
        ),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("renditions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hls", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("duration_secs", sa.Double(), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("job_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assets")),
    )
    op.create_index("ix_assets_owner_id_id", "assets", ["owner_id", "id"], unique=False)
    op.create_index(
        "ix_assets_pending",
        "assets",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'PENDING'"),
    )


def _drop_uploads() -> None:
    op.drop_index(
        "ix_assets_pending", table_name="assets", postgresql_where=sa.text("status = 'PENDING'")
    )
    op.drop_index("ix_assets_owner_id_id", table_name="assets")
    op.drop_table("assets")


def _create_people() -> None:
    op.create_table(
        "channel_follows",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "channel_id", name=op.f("pk_channel_follows")),
    )
    op.create_index(
        "ix_channel_follows_channel_id", "channel_follows", ["channel_id"], unique=False
    )
    op.create_table(
        "channels",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("logo_url", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "ACTIVE", "INACTIVE", "DELETED", name="channelstatus", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("follower_count", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channels")),
        sa.UniqueConstraint("slug", name=op.f("uq_channels_slug")),
    )
    op.create_table(
        "follows",
        sa.Column("follower_id", sa.Uuid(), nullable=False),
        sa.Column("followee_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("follower_id", "followee_id", name=op.f("pk_follows")),
    )
    op.create_index(
        "ix_follows_active",
        "follows",
        ["follower_id", "followee_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "people",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=True),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("headline", sa.Text(), nullable=True),
        sa.Column("specialty", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("avatar_url", sa.Text(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.Column("verified_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_people")),
    )


def _drop_people() -> None:
    op.drop_table("people")
    op.drop_index(
        "ix_follows_active", table_name="follows", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_table("follows")
    op.drop_table("channels")
    op.drop_index("ix_channel_follows_channel_id", table_name="channel_follows")
    op.drop_table("channel_follows")


def _create_posts() -> None:
    op.create_table(
        "post_versions",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("media_urls", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "link_preview",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        sa.Column(
            "visibility",
            sa.Enum(
                "PUBLIC",
                "VERIFIED_ONLY",
                "FOLLOWERS_ONLY",
                "MEMBER_ONLY",
                name="audience",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("specialty_tags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("post_id", "number", name=op.f("pk_post_versions")),
    )
    op.create_table(
        "posts",
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column(
            "content_type",
            sa.Enum(
                "TEXT",
                "IMAGE",
                "VIDEO",
                "LINK",
                "COURSE_CARD",
                "WEBINAR_CARD",
                "REPOST",
                name="contenttype",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("media_urls", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "link_preview",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        sa.Column(
            "visibility",
            sa.Enum(
                "PUBLIC",
                "VERIFIED_ONLY",
                "FOLLOWERS_ONLY",
                "MEMBER_ONLY",
                name="audience",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "DRAFT",
                "SCHEDULED",
                "PUBLISHED",
                "EDITED",
                "HIDDEN",
                name="poststatus",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("specialty_tags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("specialty", sa.Text(), nullable=True),
        sa.Column("hashtags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("feed_id", sa.Uuid(), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("source_version", sa.Integer(), nullable=False),
        sa.Column("card", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("like_count", sa.Integer(), nullable=False),
        sa.Column("comment_count", sa.Integer(), nullable=False),
        sa.Column("bookmark_count", sa.Integer(), nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("source_id", name=op.f("uq_posts_source_id")),
    )
    op.create_index(
        "ix_posts_author_feed",
        "posts",
        ["author_id", "feed_id"],
        unique=False,
        postgresql_where=sa.text("feed_id IS NOT NULL"),
    )
    op.create_index("ix_posts_author_id_id", "posts", ["author_id", "id"], unique=False)
    op.create_index(
        "ix_posts_channel_feed",
        "posts",
        ["channel_id", "feed_id"],
        unique=False,
        postgresql_where=sa.text("feed_id IS NOT NULL AND channel_id IS NOT NULL"),
    )
    op.create_index(
        "ix_posts_due",
        "posts",
        ["publish_at"],
        unique=False,
        postgresql_where=sa.text("status = 'SCHEDULED'"),
    )
    op.create_index(
        "ix_posts_feed",
        "posts",
        ["feed_id"],
        unique=False,
        postgresql_where=sa.text("feed_id IS NOT NULL"),
    )
    op.create_index(
        "ix_posts_specialty_feed",
        "posts",
        ["specialty", "feed_id"],
        unique=False,
        postgresql_where=sa.text("feed_id IS NOT NULL AND specialty IS NOT NULL"),
    )


def _drop_posts() -> None:
    op.drop_index(
        "ix_posts_specialty_feed",
        table_name="posts",
        postgresql_where=sa.text("feed_id IS NOT NULL AND specialty IS NOT NULL"),
    )
    op.drop_index(
        "ix_posts_feed", table_name="posts", postgresql_where=sa.text("feed_id IS NOT NULL")
    )
    op.drop_index(
        "ix_posts_due", table_name="posts", postgresql_where=sa.text("status = 'SCHEDULED'")
    )
    op.drop_index(
        "ix_posts_channel_feed",
        table_name="posts",
        postgresql_where=sa.text("feed_id IS NOT NULL AND channel_id IS NOT NULL"),
    )
    op.drop_index("ix_posts_author_id_id", table_name="posts")
    op.drop_index(
        "ix_posts_author_feed", table_name="posts", postgresql_where=sa.text("feed_id IS NOT NULL")
    )
    op.drop_table("posts")
    op.drop_table("post_versions")


def _create_reactions() -> None:
    op.create_table(
        "bookmarks",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("bookmarked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookmarks")),
        sa.UniqueConstraint("user_id", "post_id", name=op.f("uq_bookmarks_user_id_post_id")),
    )
    op.create_index("ix_bookmarks_user_id_id", "bookmarks", ["user_id", "id"], unique=False)
    op.create_table(
        "comment_likes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("liked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "comment_id", name=op.f("pk_comment_likes")),
    )
    op.create_table(
        "comments",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("parent_comment_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("like_count", sa.Integer(), nullable=False),
        sa.Column("reply_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index("ix_comments_post_id_id", "comments", ["post_id", "id"], unique=False)
    op.create_table(
        "likes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("liked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likes")),
        sa.UniqueConstraint("user_id", "post_id", name=op.f("uq_likes_user_id_post_id")),
    )


def _drop_reactions() -> None:
    op.drop_table("likes")
    op.drop_index("ix_comments_post_id_id", table_name="comments")
    op.drop_table("comments")
    op.drop_table("comment_likes")
    op.drop_index("ix_bookmarks_user_id_id", table_name="bookmarks")
    op.drop_table("bookmarks")


def _create_documents() -> None:
    # The words of medical texts: English stems, without accents.
    op.execute("CREATE TEXT SEARCH CONFIGURATION dfq (COPY = english)")
    op.execute(
        "ALTER TEXT SEARCH CONFIGURATION dfq "
        "ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem"
    )
    op.create_table(
        "documents",
        sa.Column(
            "kind",
            sa.Enum(
                "POST",
                "PERSON",
                "COURSE",
                "CHANNEL",
                "WEBINAR",
                name="documentkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "visibility",
            sa.Enum(
                "PUBLIC",
                "VERIFIED_ONLY",
                "FOLLOWERS_ONLY",
                "MEMBER_ONLY",
                name="audience",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("plain_title", sa.Text(), nullable=False),
        sa.Column("vector", postgresql.TSVECTOR(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_documents")),
    )
    op.create_index("ix_documents_owner_id", "documents", ["owner_id"], unique=False)
    op.create_index(
        "ix_documents_plain_title",
        "documents",
        ["plain_title"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"plain_title": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_documents_present",
        "documents",
        ["kind", "id"],
        unique=False,
        postgresql_where=sa.text("NOT removed"),
    )
    op.create_index(
        "ix_documents_vector", "documents", ["vector"], unique=False, postgresql_using="gin"
    )


def _drop_documents() -> None:
    op.drop_index("ix_documents_vector", table_name="documents", postgresql_using="gin")
    op.drop_index(
        "ix_documents_present", table_name="documents", postgresql_where=sa.text("NOT removed")
    )
    op.drop_index(
        "ix_documents_plain_title",
        table_name="documents",
        postgresql_using="gin",
        postgresql_ops={"plain_title": "gin_trgm_ops"},
    )
    op.drop_index("ix_documents_owner_id", table_name="documents")
    op.drop_table("documents")
    op.execute("DROP TEXT SEARCH CONFIGURATION dfq")
