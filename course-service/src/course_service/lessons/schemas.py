"""Bodies and answers of modules and lessons."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from course_service.bodies import PostIn
from course_service.lessons.models import LessonType
from servicekit.fields import In, Out, Patch, Title, Url, clean_text

Order = Annotated[int, Field(ge=0, le=10_000)]
Minutes = Annotated[int, Field(ge=1, le=6_000)]
Pages = Annotated[int, Field(ge=1, le=10_000)]
Reading = Annotated[str, Field(max_length=200_000), AfterValidator(clean_text)]


class ModuleIn(PostIn):
    """A new module."""

    title: Title
    sort_order: Order


class ModulePatch(Patch):
    """A module's new title or place."""

    title: Title = ""
    sort_order: Order = 0


class ModulesOrderIn(In):
    """Every module of the course, in the order wanted."""

    module_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class ModuleOut(Out):
    """A module."""

    id: UUID
    course_id: UUID
    title: str
    sort_order: int


class LessonIn(PostIn):
    """A new lesson. A video or PDF has an `asset_id` or a `content_url`."""

    title: Title
    lesson_type: LessonType
    content_url: Url | None = None
    slide_count: Pages | None = None
    asset_id: UUID | None = None
    content_body: Reading | None = None
    duration_mins: Minutes | None = None
    sort_order: Order
    is_preview: bool = False


class LessonPatch(Patch):
    """What may change about a lesson; its type may not."""

    title: Title = ""
    content_url: Url | None = None
    slide_count: Pages | None = None
    asset_id: UUID | None = None
    content_body: Reading | None = None
    duration_mins: Minutes | None = None
    sort_order: Order = 0
    is_preview: bool = False


class LessonOut(Out):
    """A lesson with its content, for its author and for learners."""

    id: UUID
    module_id: UUID
    course_id: UUID
    title: str
    lesson_type: LessonType
    content_url: str | None
    asset_id: UUID | None
    content_body: str | None
    slide_count: int | None
    duration_mins: int | None
    sort_order: int
    is_preview: bool
    created_at: datetime
    updated_at: datetime
