"""Posts as readers get them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from content_service.audience import Audience
from content_service.posts.models import PostStatus
from contracts.content import ContentType
from servicekit.fields import Out


class AuthorOut(Out):
    """Who wrote it, as far as others may know."""

    id: UUID
    full_name: str | None
    username: str | None
    headline: str | None
    specialty: str | None
    avatar_url: str | None
    verified: bool


class CardChannelOut(Out):
    """Where it was published."""

    id: UUID
    name: str
    slug: str
    logo_url: str | None


class FeedItemOut(Out):
    """A post with its counters and the viewer's own state.

    `reference` is the course (`type` COURSE) or webinar (WEBINAR) that a card speaks of.
    """

    id: UUID
    author_id: UUID
    author: AuthorOut
    channel_id: UUID | None
    channel: CardChannelOut | None
    content_type: ContentType
    title: str | None
    body: str | None
    media_urls: list[str]
    link_preview: dict[str, Any] | None
    reference: dict[str, Any] | None
    visibility: Audience
    status: PostStatus
    specialty_tags: list[str]
    hashtags: list[str]
    published_at: datetime
    edited_at: datetime | None
    like_count: int
    comment_count: int
    bookmark_count: int
    liked: bool
    bookmarked: bool
