"""Modules and lessons. Deleting keeps the row, so that deleting again is known from never."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from course_service.database import Model
from servicekit.database import WithId


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
