"""Search, over everything or over one kind of thing."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from content_service.search.lookup import BEST, Question, hit_of, search_documents
from content_service.search.models import DocumentKind
from content_service.search.schemas import HitOut, SearchText
from servicekit.access import MaybeCaller, Principal
from servicekit.pagination import Cursor, Limit, Page, decode_cursor, page_of
from servicekit.web.app import Tx

router = APIRouter(prefix="/search", tags=["search"])


class Asked:
    """The query of a search."""

    def __init__(self, q: SearchText, limit: Limit = 20, cursor: Cursor = None) -> None:
        self.q, self.limit, self.after = q, limit, BEST
        if cursor is not None:
            score, last = decode_cursor(cursor, int, UUID)
            if isinstance(score, int) and isinstance(last, UUID):
                self.after = (score, last)


async def _asked(asked: Annotated[Asked, Depends()]) -> Asked:
    return asked


Query = Annotated[Asked, Depends(_asked)]


@router.get("")
async def search_everything(asked: Query, caller: MaybeCaller, tx: Tx) -> Page[HitOut]:
    """Posts, people, courses, channels and webinars in one list, the best first."""
    return await _answer(tx, asked, list(DocumentKind), caller)


@router.get("/posts")
async def search_posts(asked: Query, caller: MaybeCaller, tx: Tx) -> Page[HitOut]:
    """Posts that the caller may read."""
    return await _answer(tx, asked, [DocumentKind.POST], caller)


@router.get("/people")
async def search_people(asked: Query, caller: MaybeCaller, tx: Tx) -> Page[HitOut]:
    """People by name, specialty and place."""
    return await _answer(tx, asked, [DocumentKind.PERSON], caller)


@router.get("/courses")
async def search_courses(asked: Query, caller: MaybeCaller, tx: Tx) -> Page[HitOut]:
    """Published courses that the caller may see."""
    return await _answer(tx, asked, [DocumentKind.COURSE], caller)


@router.get("/channels")
async def search_channels(asked: Query, caller: MaybeCaller, tx: Tx) -> Page[HitOut]:
    """Active channels."""
    return await _answer(tx, asked, [DocumentKind.CHANNEL], caller)


@router.get("/webinars")
async def search_webinars(asked: Query, caller: MaybeCaller, tx: Tx) -> Page[HitOut]:
    """Webinars that the caller may see."""
    return await _answer(tx, asked, [DocumentKind.WEBINAR], caller)


async def _answer(
    tx: Tx, asked: Asked, kinds: list[DocumentKind], viewer: Principal | None
) -> Page[HitOut]:
    question = Question(q=asked.q, kinds=kinds, after=asked.after, limit=asked.limit + 1)
    rows = await search_documents(tx, question, viewer=viewer)
    shown, next_cursor = page_of(rows, asked.limit, lambda row: (row.score, row.id))
    return Page(items=[hit_of(row) for row in shown], next_cursor=next_cursor)
