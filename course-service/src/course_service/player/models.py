"""How far a learner is in a lesson."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE, Range
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Mapped, mapped_column

from course_service.database import Model
from course_service.spans import Spans, length
from servicekit.database import WithId

ENOUGH_PCT = 90
"""How much of a video or document has to be seen."""


class LessonProgress(WithId, Model):
    """One learner in one lesson. `covered` is the seconds of a video or the pages of a document."""

    __tablename__ = "lesson_progress"
    __table_args__ = (
        UniqueConstraint("user_id", "lesson_id"),
        Index("ix_lesson_progress_enrollment_id", "enrollment_id"),
        Index(
            "ix_lesson_progress_unfinished",
            "lesson_id",
            "id",
            postgresql_where=text("completed_at IS NULL"),
        ),
    )

    user_id: Mapped[UUID]
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"))
    course_id: Mapped[UUID]
    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollments.id"))
    covered: Mapped[MultiRange[int]] = mapped_column(INT4MULTIRANGE)
    covered_pct: Mapped[int] = mapped_column(default=0)
    position_secs: Mapped[int | None]
    current_page: Mapped[int | None]
    score_pct: Mapped[int | None]
    beat_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)

    @property
    def spans(self) -> Spans:
        """What is covered, as pairs."""
        return tuple((each.lower or 0, each.upper or 0) for each in self.covered)

    @property
    def total(self) -> int:
        """How many seconds or pages are covered."""
        return length(self.spans)

    @property
    def is_completed(self) -> bool:
        """Whether the lesson is done."""
        return self.completed_at is not None

    def cover(self, spans: Spans, *, extent: float | None) -> None:
        """Take `spans` as all that is covered of `extent`; None while it is not known."""
        self.covered = MultiRange([Range(low, high) for low, high in spans])
        if extent:
            self.covered_pct = max(self.covered_pct, min(100, int(100 * length(spans) / extent)))

    def complete(self, at: datetime) -> bool:
        """Finish the lesson. Returns False, and changes nothing, if it is finished."""
        if self.completed_at is not None:
            return False
        self.completed_at, self.version = at, self.version + 1
        return True


class Remeasurement(Model):
    """A lesson that became longer or shorter: progress is measured anew, as far as `after`."""

    __tablename__ = "remeasurements"

    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"), primary_key=True)
    after: Mapped[UUID | None]
    queued_at: Mapped[datetime] = mapped_column(server_default=func.now())
