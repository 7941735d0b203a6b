"""What can be found: one row for every post, person, course, channel and webinar."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from content_service.audience import Audience
from content_service.database import Model


class DocumentKind(StrEnum):
    """What a document speaks of."""

    POST = "POST"
    PERSON = "PERSON"
    COURSE = "COURSE"
    CHANNEL = "CHANNEL"
    WEBINAR = "WEBINAR"


class Document(Model):
    """One thing that can be found. `plain_title` is lower case without accents, for typos.

    `version` is that of the news it was made from; a document that is gone keeps its row with
    `removed`, so that older news cannot bring it back.
    """

    __tablename__ = "documents"
    __table_args__ = (
        Index("ix_documents_vector", "vector", postgresql_using="gin"),
        Index(
            "ix_documents_plain_title",
            "plain_title",
            postgresql_using="gin",
            postgresql_ops={"plain_title": "gin_trgm_ops"},
        ),
        Index("ix_documents_owner_id", "owner_id"),
        Index("ix_documents_present", "kind", "id", postgresql_where=text("NOT removed")),
    )

    kind: Mapped[DocumentKind] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    visibility: Mapped[Audience]
    title: Mapped[str]
    body: Mapped[str]
    facts: Mapped[dict[str, Any]]
    plain_title: Mapped[str]
    vector: Mapped[Any] = mapped_column(TSVECTOR)
    removed: Mapped[bool]
    version: Mapped[int]
