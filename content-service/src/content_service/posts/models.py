"""Posts, their former texts, and the card that readers get."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from content_service.audience import Audience
from content_service.database import Model
from contracts.content import ContentType
from servicekit.database import WithId
from servicekit.ids import uuid7


class PostStatus(StrEnum):
    """Where a post stands."""

    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    PUBLISHED = "PUBLISHED"
    EDITED = "EDITED"
    HIDDEN = "HIDDEN"


READABLE = frozenset({PostStatus.PUBLISHED, PostStatus.EDITED})
TEXT_FIELDS = (
    "title",
    "body",
    "media_urls",
    "link_preview",
    "visibility",
    "specialty_tags",
)
"""What an edit changes and a version keeps."""


class Post(WithId, Model):
    """One post. `feed_id` is its place in every feed, null while nobody may read it.

    `card` is what readers get, rendered at every write; counters are columns beside it.
    `version` counts changes of the post itself, never likes: it is the ETag and the event's.
    """

    __tablename__ = "posts"
    __table_args__ = (
        Index("ix_posts_author_id_id", "author_id", "id"),
        Index("ix_posts_feed", "feed_id", postgresql_where=text("feed_id IS NOT NULL")),
        Index(
            "ix_posts_author_feed",
            "author_id",
            "feed_id",
            postgresql_where=text("feed_id IS NOT NULL"),
        ),
        Index(
            "ix_posts_channel_feed",
            "channel_id",
            "feed_id",
            postgresql_where=text("feed_id IS NOT NULL AND channel_id IS NOT NULL"),
        ),
        Index(
            "ix_posts_specialty_feed",
            "specialty",
            "feed_id",
            postgresql_where=text("feed_id IS NOT NULL AND specialty IS NOT NULL"),
        ),
        Index("ix_posts_due", "publish_at", postgresql_where=text("status = 'SCHEDULED'")),
        UniqueConstraint("source_id"),
    )

    author_id: Mapped[UUID]
    channel_id: Mapped[UUID | None]
    content_type: Mapped[ContentType]
    title: Mapped[str | None]
    body: Mapped[str | None]
    media_urls: Mapped[list[str]]
    link_preview: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    visibility: Mapped[Audience]
    status: Mapped[PostStatus]
    specialty_tags: Mapped[list[str]]
    specialty: Mapped[str | None]
    hashtags: Mapped[list[str]]
    publish_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    feed_id: Mapped[UUID | None]
    source_id: Mapped[UUID | None]
    source_version: Mapped[int]
    card: Mapped[dict[str, Any]]
    like_count: Mapped[int]
    comment_count: Mapped[int]
    bookmark_count: Mapped[int]
    text_version: Mapped[int]
    version: Mapped[int]

    @property
    def is_readable(self) -> bool:
        """Whether readers may see it, as far as the post is concerned."""
        return self.feed_id is not None

    def publish(self, at: datetime) -> bool:
        """Let readers see it. False, and nothing changes, if they do or it is gone."""
        if self.status not in {PostStatus.DRAFT, PostStatus.SCHEDULED} or self.deleted_at:
            return False
        self.status, self.published_at, self.publish_at = PostStatus.PUBLISHED, at, None
        self.feed_id = uuid7()
        self.version += 1
        return True

    def remove(self, at: datetime) -> bool:
        """Take it out of everybody's sight. False if it is gone already."""
        if self.deleted_at is not None:
            return False
        self.deleted_at, self.feed_id = at, None
        self.version += 1
        return True

    def bring_back(self) -> None:
        """Let readers see again, as the newest, what was removed."""
        self.deleted_at, self.feed_id = None, uuid7()

    def rewrite(self, fields: dict[str, Any], at: datetime) -> "PostVersion | None":
        """Give it another text; the former one of a published post is returned to be kept."""
        former = None
        if self.status in READABLE:
            former = PostVersion(
                post_id=self.id,
                number=self.text_version,
                replaced_at=at,
                **{name: getattr(self, name) for name in TEXT_FIELDS},
            )
            self.status, self.edited_at = PostStatus.EDITED, at
            self.text_version += 1
        for name, value in fields.items():
            setattr(self, name, value)
        self.version += 1
        return former


class PostVersion(Model):
    """A text that a published post had before."""

    __tablename__ = "post_versions"

    post_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    body: Mapped[str | None]
    media_urls: Mapped[list[str]]
    link_preview: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    visibility: Mapped[Audience]
    specialty_tags: Mapped[list[str]]
    replaced_at: Mapped[datetime]
