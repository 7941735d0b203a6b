"""Channels on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from content_service.bodies import PostBody
from servicekit.fields import Out, Patch, ShortText, Title, Url

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


class ChannelIn(PostBody):
    """A new channel; without `slug` one is made of the name."""

    name: Title
    slug: Slug | None = None
    description: ShortText = ""
    logo_url: Url | None = None


class ChannelPatch(Patch):
    """A change of a channel."""

    name: Title | None = None
    slug: Slug | None = None
    description: ShortText | None = None
    logo_url: Url | None = None
    is_active: bool | None = None


class ChannelOut(Out):
    """A channel."""

    id: UUID
    owner_id: UUID
    name: str
    slug: str
    description: str
    logo_url: str | None
    is_active: bool
    follower_count: int
    created_at: datetime
    updated_at: datetime


class ChannelFollowOut(Out):
    """Whether the caller follows a channel, and how many do."""

    channel_id: UUID
    following: bool
    follower_count: int
