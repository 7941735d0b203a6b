"""Posts as events."""

from uuid import UUID

from content_service.posts.models import Post
from contracts.content import PostEdited, PostPublished, PostRemoved, Visibility
from servicekit.clock import now


def publication_of(post: Post) -> PostPublished:
    """It can be read from now on."""
    return PostPublished(
        version=post.version,
        post_id=post.id,
        author_id=post.author_id,
        content_type=post.content_type,
        title=post.title,
        specialty_tags=post.specialty_tags,
        hashtags=post.hashtags,
        visibility=Visibility(post.visibility),
        channel_id=post.channel_id,
        published_at=post.published_at or now(),
    )


def edition_of(post: Post) -> PostEdited:
    """It has a new text."""
    return PostEdited(
        version=post.version,
        post_id=post.id,
        author_id=post.author_id,
        title=post.title,
        specialty_tags=post.specialty_tags,
        visibility=Visibility(post.visibility),
    )


def removal_of(post: Post, *, by: UUID) -> PostRemoved:
    """It can no longer be read."""
    return PostRemoved(
        version=post.version, post_id=post.id, author_id=post.author_id, removed_by=by
    )
