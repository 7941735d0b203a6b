"""What content-service says: posts, comments, channels and the assets that people upload."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Event, Person


class Visibility(StrEnum):
    """Who may read a post."""

    PUBLIC = "PUBLIC"
    VERIFIED_ONLY = "VERIFIED_ONLY"
    FOLLOWERS_ONLY = "FOLLOWERS_ONLY"


class ContentType(StrEnum):
    """What a post is made of. Cards are made by events."""

    TEXT = "TEXT"
    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    LINK = "LINK"
    COURSE_CARD = "COURSE_CARD"
    WEBINAR_CARD = "WEBINAR_CARD"
    REPOST = "REPOST"


class PostPublished(Event):
    """A post can be read from now on. Published once per post."""

    name: ClassVar[str] = "post.published"
    aggregate: ClassVar[str] = "post"

    post_id: UUID
    author_id: UUID
    content_type: ContentType
    title: str | None = None
    specialty_tags: list[str] = Field(default_factory=list)
    hashtags: list[str] = Field(default_factory=list)
    visibility: Visibility
    channel_id: UUID | None = None
    published_at: datetime


class PostEdited(Event):
    """A published post has a new text."""

    name: ClassVar[str] = "post.edited"
    aggregate: ClassVar[str] = "post"

    post_id: UUID
    author_id: UUID
    title: str | None = None
    specialty_tags: list[str] = Field(default_factory=list)
    visibility: Visibility


class PostRemoved(Event):
    """A post can no longer be read."""

    name: ClassVar[str] = "post.removed"
    aggregate: ClassVar[str] = "post"

    post_id: UUID
    author_id: UUID
    removed_by: UUID


class PostLiked(Event):
    """A person liked a post for the first time; taking it back and liking again is silent."""

    name: ClassVar[str] = "post.liked"
    aggregate: ClassVar[str] = "like"

    like_id: UUID
    post_id: UUID
    author_id: UUID
    user_id: UUID
    excerpt: str
    person: Person


class CommentCreated(Event):
    """A comment, or an answer to one, stands under a post."""

    name: ClassVar[str] = "comment.created"
    aggregate: ClassVar[str] = "comment"

    comment_id: UUID
    post_id: UUID
    post_author_id: UUID
    parent_comment_id: UUID | None = None
    parent_author_id: UUID | None = None
    user_id: UUID
    excerpt: str
    person: Person
