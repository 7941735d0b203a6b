"""The table of documents: kept by everything that can be found, asked by whoever searches."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.audience import Audience
from content_service.search.models import Document, DocumentKind

_KEEP = text("""
    INSERT INTO documents AS d (kind, id, owner_id, visibility, title, body, facts, plain_title,
                                vector, removed, version)
    VALUES (:kind, :id, :owner_id, :visibility, :title, :body, CAST(:facts AS jsonb),
            lower(unaccent(:title)),
            setweight(to_tsvector('dfq', :title), 'A')
                || setweight(to_tsvector('dfq', :body), 'D'), :removed, :version)
        ON CONFLICT (kind, id) DO UPDATE
       SET owner_id = excluded.owner_id, visibility = excluded.visibility,
           title = excluded.title, body = excluded.body, facts = excluded.facts,
           plain_title = excluded.plain_title, vector = excluded.vector,
           removed = excluded.removed, version = excluded.version
     WHERE d.version < excluded.version
    RETURNING d.id
""")


@dataclass(frozen=True, slots=True)
class Found:
    """A document as it is to be found from now on. `version` is that of its news."""

    kind: DocumentKind
    id: UUID
    owner_id: UUID
    visibility: Audience
    title: str
    body: str
    version: int
    facts: dict[str, Any] = field(default_factory=dict)
    removed: bool = False


async def keep_document(session: AsyncSession, found: Found) -> bool:
    """Write a document. False, and nothing changes, when later news has made it already."""
    values = asdict(found) | {"facts": json.dumps(found.facts)}
    return await session.scalar(_KEEP, values) is not None


async def is_removed(session: AsyncSession, kind: DocumentKind, document_id: UUID) -> bool:
    """Whether a document was there and is gone; it is locked."""
    one = select(Document.removed).where(Document.kind == kind, Document.id == document_id)
    return bool(await session.scalar(one.with_for_update()))


async def remove_document(
    session: AsyncSession, kind: DocumentKind, document_id: UUID, *, version: int
) -> None:
    """Let a document be found no longer. It stays gone whatever older news says."""
    gone = update(Document).where(Document.kind == kind, Document.id == document_id)
    await session.execute(gone.values(removed=True, version=version))
