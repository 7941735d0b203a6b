"""Posts on the wire."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from content_service.audience import Audience
from content_service.bodies import PostBody
from content_service.posts.models import PostStatus
from contracts.content import ContentType, Visibility
from servicekit.fields import In, Moment, Out, Patch, ShortText, Tag, Text, Title, Url


class WrittenType(StrEnum):
    """The kinds of post that people write."""

    TEXT = "TEXT"
    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    LINK = "LINK"


class FirstStatus(StrEnum):
    """What a new post can be."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"


class LinkPreview(In):
    """What a link leads to, as its author's client saw it."""

    url: Url
    title: Title | None = None
    description: ShortText | None = None
    image_url: Url | None = None


MediaUrls = Annotated[list[Url], Field(max_length=20)]
Tags = Annotated[list[Tag], Field(max_length=20)]


class PostIn(PostBody):
    """A new post. With `publish_at` it is published then."""

    content_type: WrittenType = WrittenType.TEXT
    title: Title | None = None
    body: Text | None = None
    media_urls: MediaUrls = Field(default_factory=list)
    link_preview: LinkPreview | None = None
    visibility: Visibility = Visibility.PUBLIC
    status: FirstStatus = FirstStatus.DRAFT
    specialty_tags: Tags = Field(default_factory=list)
    channel_id: UUID | None = None
    publish_at: Moment | None = None


class PostPatch(Patch):
    """A change of a post."""

    title: Title | None = None
    body: Text | None = None
    media_urls: MediaUrls | None = None
    link_preview: LinkPreview | None = None
    visibility: Visibility | None = None
    specialty_tags: Tags | None = None
    publish_at: Moment | None = None


class PostOut(Out):
    """A post as its author edits it."""

    id: UUID
    author_id: UUID
    channel_id: UUID | None
    content_type: ContentType
    title: str | None
    body: str | None
    media_urls: list[str]
    link_preview: dict[str, Any] | None
    visibility: Audience
    status: PostStatus
    specialty_tags: list[str]
    hashtags: list[str]
    publish_at: datetime | None
    published_at: datetime | None
    edited_at: datetime | None
    created_at: datetime
    like_count: int
    comment_count: int
    bookmark_count: int


class PostVersionOut(Out):
    """A former text of a published post, counted from 1."""

    version_number: Annotated[int, Field(validation_alias="number")]
    title: str | None
    body: str | None
    media_urls: list[str]
    link_preview: dict[str, Any] | None
    visibility: Audience
    specialty_tags: list[str]
    replaced_at: datetime
