"""Search results on the wire."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from content_service.audience import Audience
from content_service.search.models import DocumentKind
from servicekit.fields import Line, Out

SearchText = Annotated[Line, Field(min_length=1), Query(description="What to look for")]


class HitOut(Out):
    """Something that was found.

    `highlights` are fragments of HTML: the text escaped, the words that match in `<mark>`.
    `facts` is what is known of it: a post's card, a person, a course, a channel, a webinar.
    """

    id: UUID
    type: DocumentKind
    title: str
    highlights: list[str]
    visibility: Audience
    facts: dict[str, Any]
