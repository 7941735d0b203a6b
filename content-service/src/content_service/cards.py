"""What readers get of a post: rendered when it is written, not when it is read."""

import re
from typing import Any

from content_service.posts.models import Post

_HASHTAG = re.compile(r"(?<![\w&/#])#(\w{1,50})")


def hashtags_in(body: str | None) -> list[str]:
    """The hashtags of a text, lower case, each once, thirty at most."""
    found = (tag.casefold() for tag in _HASHTAG.findall(body or ""))
    return list(dict.fromkeys(found))[:30]


def render_card(
    post: Post,
    *,
    author: dict[str, Any],
    channel: dict[str, Any] | None,
    reference: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything that is the same for every reader; counters and their own state come beside it.

    `reference` is the course or webinar that a card speaks of.
    """
    return {
        "id": str(post.id),
        "author_id": str(post.author_id),
        "author": author,
        "channel_id": str(post.channel_id) if post.channel_id else None,
        "channel": channel,
        "content_type": post.content_type,
        "title": post.title,
        "body": post.body,
        "media_urls": post.media_urls,
        "link_preview": post.link_preview,
        "reference": reference,
        "visibility": post.visibility,
        "status": post.status,
        "specialty_tags": post.specialty_tags,
        "hashtags": post.hashtags,
        "published_at": post.published_at.isoformat() if post.published_at else None,
        "edited_at": post.edited_at.isoformat() if post.edited_at else None,
    }
