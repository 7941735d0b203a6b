"""The table of documents: kept by everything that can be found, asked by whoever searches."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.audience import Audience
from content_service.search.models import Document, DocumentKind

KEEP = """
    INSERT INTO documents AS d (kind, id, owner_id, visibility, title, body, facts, plain_title,
                                vector, removed, version)
    VALUES (%(kind)s, %(id)s, %(owner_id)s, %(visibility)s, %(title)s, %(body)s,
            CAST(%(facts)s AS jsonb), lower(unaccent(%(title)s)),
            setweight(to_tsvector('dfq', %(title)s), 'A')
                || setweight(to_tsvector('dfq', %(body)s), 'D'), %(removed)s, %(version)s)
        ON CONFLICT (kind, id) DO UPDATE
       SET owner_id = excluded.owner_id, visibility = excluded.visibility,
           title = excluded.title, body = excluded.body, facts = excluded.facts,
           plain_title = excluded.plain_title, vector = excluded.vector,
           removed = excluded.removed, version = excluded.version
     WHERE d.version < excluded.version
    RETURNING d.id
"""
"""Writes a document, for statements that go to psycopg itself too; it takes a `Found`."""
_KEEP = text(re.sub(r"%\((\w+)\)s", r":\1", KEEP))


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

    def as_values(self) -> dict[str, Any]:
        """What `KEEP` takes."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return values | {"facts": json.dumps(self.facts)}


async def keep_document(session: AsyncSession, found: Found) -> bool:
    """Write a document. False, and nothing changes, when later news has made it already."""
    return await session.scalar(_KEEP, found.as_values()) is not None


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
