"""What content-service holds of people, and what becomes of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, cast, func, null, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.channels.models import Channel, ChannelFollow, ChannelStatus
from content_service.interactions.models import Bookmark, Comment, CommentLike, Like
from content_service.media.events import removal_of
from content_service.media.models import Asset, AssetStatus
from content_service.people.models import Barrier, Follow, Person, author_card
from content_service.posts.models import Post, PostVersion
from content_service.search.models import Document, DocumentKind
from contracts.content import ContentType
from contracts.media import Purpose
from servicekit.clock import now
from servicekit.messaging import publish
from servicekit.privacy import NOBODY, Erased, Register, erased, kept

COURSE_MATERIAL = frozenset({Purpose.LESSON, Purpose.SCORM, Purpose.LOGO})
"""Files that others have paid for, or that speak for an institution."""

CARDS = (ContentType.COURSE_CARD, ContentType.WEBINAR_CARD)
OFFERINGS = (DocumentKind.COURSE, DocumentKind.WEBINAR)
NAMED = ("author_name", "author_id", "host_name", "host_id")
"""What a course or webinar says of its author."""


async def remove_files(session: AsyncSession, who: Erased) -> Mapping[str, int]:
    """The person's files go the way of every deleted asset: media-worker takes the objects away."""
    mine = select(Asset).where(
        Asset.owner_id == who.user_id,
        Asset.deleted_at.is_(None),
        Asset.purpose.not_in(COURSE_MATERIAL),
    )
    files = (await session.scalars(mine.with_for_update())).all()
    for asset in files:
        asset.remove(now())
        asset.owner_id = who.tombstone_id
        publish(session, removal_of(asset))
        asset.filename, asset.failure_reason = NOBODY, None
    await session.flush()
    return {"assets": len(files)}


async def uncount(session: AsyncSession, who: Erased) -> Mapping[str, int]:
    """Posts, comments and channels of others are liked, kept, answered and followed by one less."""
    likes = Like.user_id == who.user_id, Like.ended_at.is_(None)
    comments = Comment.user_id == who.user_id, Comment.deleted_at.is_(None)
    for model, counter, key, mine in (
        (Post, Post.like_count, Like.post_id, likes),
        (Post, Post.bookmark_count, Bookmark.post_id, (Bookmark.user_id == who.user_id,)),
        (Post, Post.comment_count, Comment.post_id, comments),
        (
            Comment,
            Comment.like_count,
            CommentLike.comment_id,
            (CommentLike.user_id == who.user_id,),
        ),
        (
            Channel,
            Channel.follower_count,
            ChannelFollow.channel_id,
            (ChannelFollow.user_id == who.user_id,),
        ),
    ):
        gone = select(key.label("id"), func.count().label("count")).where(*mine).group_by(key)
        less = gone.subquery()
        await session.execute(
            update(model)
            .where(model.id == less.c.id)
            .values({counter: func.greatest(counter - less.c.count, 0)})
            .execution_options(synchronize_session=False)
        )
    return {}


async def files_of(session: AsyncSession, user_id: UUID) -> Mapping[str, str]:
    """The originals of what the person uploaded, by the names that they had."""
    mine = select(Asset).where(
        Asset.owner_id == user_id, Asset.deleted_at.is_(None), Asset.status == AssetStatus.READY
    )
    return {f"files/{one.id}/{one.filename}": one.key for one in await session.scalars(mine)}


def _versions_of(user_id: UUID) -> ColumnElement[bool]:
    return PostVersion.post_id.in_(select(Post.id).where(Post.author_id == user_id))


def _own_posts(user_id: UUID) -> ColumnElement[bool]:
    return (Post.author_id == user_id) & Post.content_type.not_in(CARDS)


def _own_documents(user_id: UUID) -> ColumnElement[bool]:
    return (Document.owner_id == user_id) & Document.kind.not_in(OFFERINGS)


def _nameless(facts: Any, *path: str) -> Any:
    for name in NAMED:
        facts = facts.op("#-")(cast([*path, name], ARRAY(Text)))
    return facts


def _nobodys_card() -> Any:
    nobody = cast(author_card(UUID(int=0), full_name=NOBODY), JSONB)
    author = cast(["author"], ARRAY(Text))
    return func.jsonb_set(_nameless(Post.__table__.c.card, "reference"), author, nobody)


REGISTER = Register(
    before=(remove_files, uncount),
    holdings=(
        erased(PostVersion, mine=_versions_of),
        erased(Document, mine=_own_documents, take=""),
        kept(
            Document,
            "owner_id",
            take="",
            blank={"facts": _nameless(Document.__table__.c.facts)},
            why="courses and webinars are found by those who learn from them",
        ),
        kept(
            Post,
            "author_id",
            mine=_own_posts,
            blank={
                "title": null(),
                "body": null(),
                "media_urls": [],
                "link_preview": null(),
                "specialty_tags": [],
                "specialty": null(),
                "hashtags": [],
                "card": {},
                "feed_id": null(),
                "deleted_at": func.coalesce(Post.__table__.c.deleted_at, func.now()),
            },
            why="the place of a post that others liked, kept and answered, without its text",
        ),
        kept(
            Post,
            "author_id",
            blank={"card": _nobodys_card()},
            why="the card of a course or webinar",
        ),
        kept(
            Comment,
            "user_id",
            blank={
                "body": "",
                "deleted_at": func.coalesce(Comment.__table__.c.deleted_at, func.now()),
            },
            why="the place of a comment that others answered, without its text",
        ),
        erased(Like, "user_id"),
        erased(CommentLike, "user_id"),
        erased(Bookmark, "user_id"),
        erased(ChannelFollow, "user_id"),
        kept(
            Channel,
            "owner_id",
            blank={
                "name": NOBODY,
                "slug": func.concat("gone-", Channel.__table__.c.id),
                "description": "",
                "logo_url": null(),
                "status": ChannelStatus.DELETED.value,
            },
            why="its place, without name and text",
        ),
        kept(
            Asset,
            "owner_id",
            blank={"filename": NOBODY, "failure_reason": null()},
            why="course material that others learn from, and the places of files that are gone",
        ),
        erased(Person, "user_id"),
        erased(Follow, "follower_id", "followee_id"),
        erased(Barrier, "viewer_id", "hidden_id", take=""),
    ),
    not_personal=frozenset(
        {
            "barriers.relation_id",
            "posts.feed_id",
            "posts.source_id",
            "comments.parent_comment_id",
            # Names of our own, types and digests.
            "assets.content_type",
            "assets.key",
            "assets.sha256",
            "assets.renditions",
            "assets.hls",
        }
    ),
)
