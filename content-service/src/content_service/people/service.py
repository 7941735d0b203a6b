"""What a change of a person means for everything that shows them."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from content_service.audience import Audience
from content_service.people.models import Person
from content_service.people.queries import keep_profile, keep_verified
from content_service.posts.queries import render_author_again
from content_service.search.models import DocumentKind
from content_service.search.queries import Found, keep_document


async def copy_profile(
    session: AsyncSession, *, user_id: UUID, version: int, profile: dict[str, Any]
) -> None:
    """Keep a profile, and show it on every card of that person. Older news changes nothing."""
    person = await keep_profile(session, user_id, version=version, profile=profile)
    if person is not None:
        await _show(session, person)


async def copy_verified(
    session: AsyncSession, *, user_id: UUID, version: int, verified: bool
) -> None:
    """Keep whether a licence was checked, and show it. Older news changes nothing."""
    person = await keep_verified(session, user_id, version=version, verified=verified)
    if person is not None:
        await _show(session, person)


async def _show(session: AsyncSession, person: Person) -> None:
    card = person.as_author()
    await render_author_again(session, person.user_id, card)
    name = person.full_name or person.username
    # Whoever has no name is found no longer, and nothing of the former one stays.
    about = (person.username, person.headline, person.specialty, person.city) if name else ()
    found = Found(
        kind=DocumentKind.PERSON,
        id=person.user_id,
        owner_id=person.user_id,
        visibility=Audience.PUBLIC,
        title=name or "",
        body="\n".join(part for part in about if part),
        facts={**card, "city": person.city},
        # Two kinds of news, each counted apart: their sum grows with either.
        version=person.profile_version + person.verified_version,
        removed=name is None,
    )
    await keep_document(session, found)
