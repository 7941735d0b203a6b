"""SQL for looking people up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import AccountStatus, User, Visibility
from auth_service.social.queries import unblocked

# A plan made for any words is slow for some, and psycopg keeps one after a few searches.
_PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")
WINDOW = 2_000
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Question:
    """Whom somebody looks for, and where the page begins: after an id, at most `limit` people."""

    viewer: UUID
    q: str | None
    specialty: str | None
    after: UUID | None
    limit: int


async def search_people(session: AsyncSession, asked: Question) -> Sequence[User]:
    """People by the beginnings of words in name, username and public specialty, newest first.

    Nobody who is suspended, or kept from the viewer by a block.
    """
    words = re.findall(r"\w+", asked.q or "")[:MOST_WORDS]
    if not words:
        return [] if asked.q else (await session.scalars(_page(asked))).all()
    await session.execute(_PLAN_ANEW)
    begun = and_(*(_begins_a_word(word) for word in words))
    # A word that many have is found among the newest at once; one that few have, by the index.
    # Left to itself, the planner would walk through everybody for a rare word as well.
    newest = select(User.id).where(*_after(asked)).order_by(User.id.desc()).limit(WINDOW)
    window = newest.cte("newest").prefix_with("MATERIALIZED")
    near = _page(asked).where(begun, User.id.in_(select(window.c.id)))
    found = (await session.scalars(near)).all()
    if len(found) == asked.limit:
        return found
    matching = select(User.id).where(begun, *_in_specialty(asked), *_after(asked))
    everywhere = matching.cte("matching").prefix_with("MATERIALIZED")
    return (await session.scalars(_page(asked).where(User.id.in_(select(everywhere.c.id))))).all()


def _page(asked: Question) -> Select[User]:
    shown = (User.status == AccountStatus.ACTIVE, unblocked(asked.viewer, User.id))
    narrowed = (*shown, *_in_specialty(asked), *_after(asked))
    return select(User).where(*narrowed).order_by(User.id.desc()).limit(asked.limit)


def _in_specialty(asked: Question) -> list[ColumnElement[bool]]:
    if not asked.specialty:
        return []
    is_public = func.coalesce(User.privacy["specialty"].astext, Visibility.PUBLIC.value)
    same = func.lower(User.specialty) == func.lower(asked.specialty)
    return [same, is_public == Visibility.PUBLIC.value]


def _after(asked: Question) -> list[ColumnElement[bool]]:
    return [] if asked.after is None else [User.id < asked.after]


def _begins_a_word(word: str) -> ColumnElement[bool]:
    # `_` alone of what a word may hold means something in a pattern.
    begun = func.replace(func.plain_text(word), "_", r"\_")
    return User.search_text.like("%" + begun + "%")
