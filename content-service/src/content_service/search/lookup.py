"""How the table of documents is asked."""

import html
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.audience import NOBODY, open_to
from content_service.search.models import DocumentKind
from content_service.search.schemas import HitOut
from servicekit.access.principal import Principal

# Marks that no text holds: what people wrote is escaped before they become tags.
_BEGIN, _END, _CUT = "\x02", "\x03", "\x04"
_MARKS = f"StartSel={_BEGIN}, StopSel={_END}, FragmentDelimiter={_CUT}"
_FRAGMENTS = f"{_MARKS}, MaxFragments=2, MaxWords=24, MinWords=8"
_WHOLE = f"{_MARKS}, HighlightAll=true"

BUDGET_MS = 1_000
_BUDGET = text("SELECT set_config('statement_timeout', :budget, true)")
# The newest thousand matches of any word are ranked; those with every word come first. Titles that
# only look alike are asked for when words find little.
_SEARCH = text("""
    WITH asked AS MATERIALIZED (
        SELECT websearch_to_tsquery('dfq', :q) AS every,
               CAST(replace(CAST(websearch_to_tsquery('dfq', :q) AS text), ' & ', ' | ')
                    AS tsquery) AS anyone,
               lower(unaccent(:q)) AS plain
    ), readable AS (
        SELECT d.* FROM documents d
         WHERE d.kind = ANY(:kinds) AND NOT d.removed
           AND (d.visibility = ANY(:open) OR d.owner_id = :me
                OR (d.visibility = 'FOLLOWERS_ONLY' AND EXISTS (
                    SELECT FROM follows v WHERE v.follower_id = :me AND v.followee_id = d.owner_id
                       AND v.ended_at IS NULL)))
           AND NOT EXISTS (
                SELECT FROM barriers h WHERE h.viewer_id = :me AND h.hidden_id = d.owner_id
                   AND h.kind = 'BLOCK' AND h.ended_at IS NULL)
    ), matching AS MATERIALIZED (
        SELECT d.kind, d.id, d.vector FROM readable d, asked
         WHERE d.vector @@ asked.anyone ORDER BY d.id DESC LIMIT 1000
    ), ranked AS (
        SELECT kind, id, CAST(1000000 * (ts_rank_cd(vector, asked.anyone, 1)
                   + CASE WHEN vector @@ asked.every THEN 10 ELSE 0 END) AS integer) AS score
          FROM matching, asked
        UNION ALL
        (SELECT d.kind, d.id,
                CAST(1000 * word_similarity(asked.plain, d.plain_title) AS integer) - 1000000
           FROM readable d, asked
          WHERE (SELECT count(*) FROM matching) < 5 AND asked.plain <% d.plain_title
            AND NOT d.vector @@ asked.anyone
          ORDER BY 3 DESC, d.id DESC LIMIT 100)
    ), page AS (
        SELECT kind, id, score FROM ranked
         WHERE (score, id) < (:score, :id) ORDER BY score DESC, id DESC LIMIT :limit
    )
    SELECT page.id, page.kind, page.score, d.title, d.visibility,
           COALESCE(p.card, d.facts) AS facts,
           ts_headline('dfq', d.title, asked.anyone, :whole) AS title_marked,
           ts_headline('dfq', left(d.body, 20000), asked.anyone, :fragments) AS body_marked
      FROM page JOIN documents d ON d.kind = page.kind AND d.id = page.id CROSS JOIN asked
      LEFT JOIN posts p ON page.kind = 'POST' AND p.id = page.id
     ORDER BY page.score DESC, page.id DESC
""")

BEST = (2**31 - 1, UUID(int=(1 << 128) - 1))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, of which kinds, and where its page begins: `after` is a score and an id."""

    q: str
    kinds: Collection[DocumentKind]
    after: tuple[int, UUID]
    limit: int


async def search_documents(
    session: AsyncSession, question: Question, *, viewer: Principal | None
) -> Sequence[Row[Any]]:
    """What the viewer may find, the best first; given up after a second."""
    await session.execute(_BUDGET, {"budget": str(BUDGET_MS)})
    score, last = question.after
    values = {
        "q": question.q,
        "kinds": [kind.value for kind in question.kinds],
        "open": [one.value for one in open_to(viewer)],
        "me": viewer.user_id if viewer else NOBODY,
        "score": score,
        "id": last,
        "limit": question.limit,
        "whole": _WHOLE,
        "fragments": _FRAGMENTS,
    }
    return (await session.execute(_SEARCH, values)).all()


def hit_of(row: Row[Any]) -> HitOut:
    """A row as an answer, what people wrote escaped."""
    marked = [row.title_marked, *row.body_marked.split(_CUT)]
    return HitOut(
        id=row.id,
        type=row.kind,
        title=row.title,
        highlights=[_as_html(part) for part in marked if _BEGIN in part],
        visibility=row.visibility,
        facts=row.facts,
    )


def _as_html(marked: str) -> str:
    return html.escape(marked).replace(_BEGIN, "<mark>").replace(_END, "</mark>")
