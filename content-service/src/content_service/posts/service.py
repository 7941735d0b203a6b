"""Writing, publishing, editing and removing posts."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from content_service.audience import Audience
from content_service.cards import hashtags_in, render_card
from content_service.channels.models import Channel
from content_service.channels.queries import find_channel, hold_own_channel
from content_service.people.models import Person, author_card
from content_service.people.queries import hold_person
from content_service.posts.errors import (
    PostAlreadyPublished,
    PostEmpty,
    PostNotEditable,
    PostNotFound,
    PublishTimePassed,
)
from content_service.posts.events import edition_of, publication_of, removal_of
from content_service.posts.models import Post, PostStatus
from content_service.posts.queries import insert_published, lock_due_posts, lock_post
from content_service.posts.schemas import FirstStatus, PostIn
from content_service.search.models import DocumentKind
from content_service.search.queries import Found, keep_document, remove_document
from contracts.content import ContentType
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.messaging import publish
from servicekit.web.etags import refuse_stale
from servicekit.web.writes import HotWrites

NEEDS_MEDIA = frozenset({ContentType.IMAGE, ContentType.VIDEO})
CARDS = frozenset({ContentType.COURSE_CARD, ContentType.WEBINAR_CARD})
DEFAULTS: dict[str, Any] = {
    "media_urls": [],
    "specialty_tags": [],
    "visibility": Audience.PUBLIC,
}
"""What `null` in a PATCH clears a field to, where it is not null itself."""


async def create_post(session: AsyncSession, body: PostIn, *, by: Principal) -> Post:
    """Write a post; with status PUBLISHED and no `publish_at` readers see it at once.

    Raises PostEmpty, PublishTimePassed, ChannelNotFound.
    """
    channel = None
    if body.channel_id is not None:
        channel = await hold_own_channel(session, body.channel_id, owner=by.user_id)
    post = _written(body, by=by)
    post.channel_id = None if channel is None else channel.id
    if body.publish_at is not None:
        schedule_post(post, body.publish_at)
    elif body.status is FirstStatus.PUBLISHED:
        post.publish(at=post.created_at)

    await show_post(session, post)
    session.add(post)
    if post.is_readable:
        publish(session, publication_of(post))
    return post


async def create_plain_post(writes: HotWrites, body: PostIn, *, by: Principal) -> Post | None:
    """`create_post` for most posts: published at once and in no channel. None for the others.

    Raises PostEmpty, ServiceUnavailable.
    """
    at_once = body.status is FirstStatus.PUBLISHED and body.publish_at is None
    if not at_once or body.channel_id is not None:
        return None
    post = _written(body, by=by)
    post.publish(at=post.created_at)
    _render(post, author=None, channel=None)
    await insert_published(
        writes, post, document=_document_of(post), announcement=publication_of(post)
    )
    return post


def _written(body: PostIn, *, by: Principal) -> Post:
    """Raises PostEmpty."""
    post = new_post(
        author_id=by.user_id,
        content_type=ContentType(body.content_type),
        visibility=Audience(body.visibility),
        **body.model_dump(
            mode="json", include={"title", "body", "media_urls", "link_preview", "specialty_tags"}
        ),
    )
    _refuse_empty(post)
    return post


def new_post(**fields: Any) -> Post:
    """A draft that nobody has liked yet."""
    return Post(
        status=PostStatus.DRAFT,
        created_at=now(),
        hashtags=hashtags_in(fields.get("body")),
        card={},
        like_count=0,
        comment_count=0,
        bookmark_count=0,
        text_version=1,
        source_version=0,
        version=0,
        **fields,
    )


def schedule_post(post: Post, publish_at: Any) -> None:
    """Let it be published later. Raises PublishTimePassed."""
    if publish_at <= now():
        raise PublishTimePassed
    post.status, post.publish_at = PostStatus.SCHEDULED, publish_at


async def publish_post(session: AsyncSession, *, post_id: UUID, by: Principal) -> Post:
    """Let readers see a draft. Repeating it changes nothing. Raises PostNotFound."""
    post = await lock_present_post(session, post_id, by=by)
    if post.publish(at=now()):
        await show_post(session, post)
        publish(session, publication_of(post))
    return post


async def edit_post(
    session: AsyncSession,
    *,
    post_id: UUID,
    changes: dict[str, Any],
    if_match: str | None,
    by: Principal,
) -> Post:
    """Change a post; the former text of a published one is kept as a version.

    Raises PostNotFound, PreconditionFailed, PostNotEditable, PostEmpty, PostAlreadyPublished.
    """
    post = await lock_present_post(session, post_id, by=by)
    refuse_stale(if_match, post.version)
    if post.content_type in CARDS:
        raise PostNotEditable
    if "publish_at" in changes:
        _reschedule(post, changes.pop("publish_at"))
    fields = {
        name: DEFAULTS.get(name) if value is None else value for name, value in changes.items()
    }
    if (visibility := fields.get("visibility")) is not None:
        fields["visibility"] = Audience(visibility)
    former = post.rewrite(fields, at=now())
    post.hashtags = hashtags_in(post.body)
    _refuse_empty(post)
    if former is not None:
        session.add(former)
    await show_post(session, post)
    if post.is_readable:
        publish(session, edition_of(post))
    return post


async def remove_post(session: AsyncSession, *, post_id: UUID, by: Principal) -> None:
    """Take a post out of everybody's sight. Repeating it changes nothing. Raises PostNotFound."""
    post = await lock_post(session, post_id, author=by.user_id)
    was_readable = post.is_readable
    if post.remove(at=now()):
        await remove_document(session, DocumentKind.POST, post.id, version=post.version)
        if was_readable:
            publish(session, removal_of(post, by=by.user_id))


async def publish_due_posts(session: AsyncSession, *, limit: int = 50) -> int:
    """Publish scheduled posts whose time has come; how many."""
    due = await lock_due_posts(session, at=now(), limit=limit)
    for post in due:
        if post.publish(at=now()):
            await show_post(session, post)
            publish(session, publication_of(post))
    return len(due)


async def lock_present_post(session: AsyncSession, post_id: UUID, *, by: Principal) -> Post:
    """The author's post, locked, unless it is deleted. Raises PostNotFound."""
    post = await lock_post(session, post_id, author=by.user_id)
    if post.deleted_at is not None:
        raise PostNotFound
    return post


async def show_post(session: AsyncSession, post: Post) -> None:
    """Render its card and, if it can be read, let it be found."""
    person = await hold_person(session, post.author_id)
    channel = await find_channel(session, post.channel_id) if post.channel_id else None
    _render(post, author=person, channel=channel)
    if post.is_readable:
        await keep_document(session, _document_of(post))


def _render(post: Post, *, author: Person | None, channel: Channel | None) -> None:
    own = [tag.casefold() for tag in post.specialty_tags]
    # As the feeds' SQL writes it.
    known = author.specialty.lower() if author is not None and author.specialty else None
    post.specialty = own[0] if own else known
    post.card = render_card(
        post,
        author=author_card(post.author_id) if author is None else author.as_author(),
        channel=channel.as_card() if channel else None,
    )


def _document_of(post: Post) -> Found:
    preview = (post.link_preview or {}).get("title") or ""
    words = (post.body, preview, " ".join([*post.hashtags, *post.specialty_tags]))
    return Found(
        kind=DocumentKind.POST,
        id=post.id,
        owner_id=post.author_id,
        visibility=post.visibility,
        title=post.title or "",
        body="\n".join(part for part in words if part),
        version=post.version,
    )


def _reschedule(post: Post, publish_at: Any) -> None:
    if post.status not in {PostStatus.DRAFT, PostStatus.SCHEDULED}:
        raise PostAlreadyPublished
    if publish_at is None:
        post.status, post.publish_at = PostStatus.DRAFT, None
    else:
        schedule_post(post, publish_at)


def _refuse_empty(post: Post) -> None:
    needs_media = post.content_type in NEEDS_MEDIA
    says = post.media_urls if needs_media else (post.title or post.body or post.link_preview)
    if not says and not post.media_urls:
        raise PostEmpty(errors=[{"pointer": "/media_urls" if needs_media else "/body"}])
