"""Modules and lessons. Deleting keeps the row, so that deleting again is known from never."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from contracts.media import MediaKind, Purpose
from course_service.copies.models import Asset, AssetStatus
from course_service.database import Model
from servicekit.database import WithId

LONGEST_WAIT = timedelta(hours=24)
"""How long a file may be named before anything is heard of it."""


class LessonType(StrEnum):
    """How something is taught."""

    VIDEO = "VIDEO"
    PDF = "PDF"
    TEXT = "TEXT"
    QUIZ = "QUIZ"
    SCORM = "SCORM"
    PRACTICE = "PRACTICE"
    PRESENTATION = "PRESENTATION"
    SURVEY = "SURVEY"


KINDS = {LessonType.VIDEO: MediaKind.VIDEO, LessonType.PDF: MediaKind.PDF}
"""The lessons that have a file, and what it is."""


class Module(WithId, Model):
    """A chapter of a course."""

    __tablename__ = "modules"
    __table_args__ = (Index("ix_modules_course_id", "course_id", "sort_order"),)

    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    title: Mapped[str]
    sort_order: Mapped[int]
    deleted_at: Mapped[datetime | None]


class Lesson(WithId, Model):
    """One thing to watch, read or answer."""

    __tablename__ = "lessons"
    __table_args__ = (
        Index("ix_lessons_module_id", "module_id", "sort_order"),
        Index("ix_lessons_course_id", "course_id"),
    )

    module_id: Mapped[UUID] = mapped_column(ForeignKey("modules.id"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    title: Mapped[str]
    lesson_type: Mapped[LessonType]
    content_url: Mapped[str | None]
    asset_id: Mapped[UUID | None]
    content_body: Mapped[str | None]
    slide_count: Mapped[int | None]
    duration_mins: Mapped[int | None]
    sort_order: Mapped[int]
    is_preview: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    def change(self, at: datetime) -> None:
        """Count a change; the version is the ETag."""
        self.version, self.updated_at = self.version + 1, at

    def flaw_of_file(self, asset: Asset | None, *, owner: UUID, at: datetime) -> str | None:
        """Why the file that the lesson names cannot be used, if it cannot.

        News of the newest uploads may still be on its way: until then the file is waited for.
        """
        if asset is not None:
            return flaw_of(asset, self.lesson_type, owner=owner)
        is_late = at - self.updated_at > LONGEST_WAIT
        return "Nothing was ever heard of its file" if is_late else None


def flaw_of(asset: Asset, lesson_type: LessonType, *, owner: UUID) -> str | None:
    """Why a lesson of that type, by `owner`, cannot use the asset; None if it can."""
    if asset.owner_id != owner or asset.status is AssetStatus.DELETED:
        return "There is no such asset of yours"
    if asset.purpose is not Purpose.LESSON:
        return "The asset was uploaded for something else"
    if asset.status is AssetStatus.FAILED:
        return asset.reason or "The asset could not be processed"
    return None if asset.kind is KINDS.get(lesson_type) else "The asset is of another kind"
