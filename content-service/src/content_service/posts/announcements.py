"""Courses and webinars of other services: a card in the feed and a document in the search."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from content_service.audience import Audience
from content_service.cards import render_card
from content_service.people.models import author_card
from content_service.people.queries import hold_person
from content_service.posts.models import Post
from content_service.posts.queries import find_card_post
from content_service.posts.service import new_post
from content_service.search.models import DocumentKind
from content_service.search.queries import Found, is_removed, keep_document
from contracts.content import ContentType
from servicekit.clock import now

EXCERPT = 500

CARD_OF = {
    DocumentKind.COURSE: ContentType.COURSE_CARD,
    DocumentKind.WEBINAR: ContentType.WEBINAR_CARD,
}


@dataclass(frozen=True, slots=True)
class Offering:
    """A course or webinar as its service tells of it. `facts` is what the card refers to."""

    kind: DocumentKind
    id: UUID
    version: int
    owner_id: UUID
    title: str
    description: str = ""
    audience: Audience = Audience.PUBLIC
    specialty_tags: list[str] = field(default_factory=list)
    author: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


async def show_offering(session: AsyncSession, offering: Offering) -> None:
    """Let it be found and stand in the feed. Older news than what is shown changes nothing.

    The card of what was withdrawn comes back with it; one that its author removed does not.
    """
    was_withdrawn = await is_removed(session, offering.kind, offering.id)
    if not await keep_document(session, _document_of(offering)):
        return
    post = await find_card_post(session, offering.id)
    if post is None:
        post = new_post(
            author_id=offering.owner_id,
            content_type=CARD_OF[offering.kind],
            title=offering.title,
            visibility=offering.audience,
            media_urls=[],
            specialty_tags=offering.specialty_tags,
        )
        post.source_id = offering.id
        post.publish(at=post.created_at)
        session.add(post)
    else:
        post.version += 1
        if was_withdrawn:
            post.bring_back()
    post.title, post.body = offering.title, offering.description[:EXCERPT]
    post.visibility, post.specialty_tags = offering.audience, offering.specialty_tags
    post.specialty = next((tag.casefold() for tag in offering.specialty_tags), None)
    post.source_version = offering.version
    await _render(session, post, offering)


async def withdraw_offering(session: AsyncSession, offering: Offering) -> None:
    """Take it out of search and feed. News that it came before it cannot bring it back."""
    if not await keep_document(session, _document_of(offering, removed=True)):
        return
    post = await find_card_post(session, offering.id)
    if post is not None:
        post.remove(at=now())
        post.source_version = offering.version


async def _render(session: AsyncSession, post: Post, offering: Offering) -> None:
    person = await hold_person(session, post.author_id)
    known = author_card(post.author_id, **offering.author)
    post.card = render_card(
        post,
        author=known if person is None else person.as_author(),
        channel=None,
        reference={"type": offering.kind, "id": str(offering.id), **offering.facts},
    )


def _document_of(offering: Offering, *, removed: bool = False) -> Found:
    return Found(
        kind=offering.kind,
        id=offering.id,
        owner_id=offering.owner_id,
        visibility=offering.audience,
        title=offering.title,
        body="\n".join([offering.description, " ".join(offering.specialty_tags)]),
        facts=offering.facts,
        removed=removed,
        version=offering.version,
    )
