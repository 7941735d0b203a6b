"""An enrollment, and the entitlements that open one."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from course_service.courses.models import Course
from course_service.database import Model
from servicekit.database import WithId


class EnrollmentStatus(StrEnum):
    """Where a learner stands. A completed course stays completed, even if access ends."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    DROPPED = "DROPPED"
    REJECTED = "REJECTED"


class Admission(StrEnum):
    """What opened the door."""

    FREE = "FREE"
    ENTITLEMENT = "ENTITLEMENT"


class Enrollment(WithId, Model):
    """One learner's passage through one course; leaving and coming back keep the row."""

    __tablename__ = "enrollments"
    __table_args__ = (
        UniqueConstraint("user_id", "course_id"),
        Index("ix_enrollments_course_id", "course_id", "id"),
    )

    user_id: Mapped[UUID]
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    status: Mapped[EnrollmentStatus]
    how: Mapped[Admission | None]
    progress_pct: Mapped[int] = mapped_column(default=0)
    score_pct: Mapped[int | None]
    last_lesson_id: Mapped[UUID | None]
    last_position_secs: Mapped[int | None]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)

    course: Mapped[Course] = relationship(lazy="raise")

    @property
    def course_title(self) -> str:
        """The title of the course."""
        return self.course.title

    @property
    def is_open(self) -> bool:
        """Whether the learner has access now."""
        return self.started_at is not None and self.closed_at is None

    def begin(self, *, how: Admission, at: datetime) -> bool:
        """Give access. True the first time, which is announced; coming back is not."""
        if self.is_open:
            return False
        first = self.started_at is None
        self.started_at = self.started_at or at
        self.how, self.closed_at = how, None
        self.status = (
            EnrollmentStatus.COMPLETED if self.completed_at else EnrollmentStatus.IN_PROGRESS
        )
        self.version += 1
        return first

    def advance(self, progress_pct: int) -> None:
        """Note how far the learner is; it never goes backwards."""
        self.progress_pct = max(self.progress_pct, progress_pct)

    def complete(self, *, score_pct: int | None, at: datetime) -> bool:
        """Finish. Returns False, and changes nothing, unless it is in progress."""
        if self.status is not EnrollmentStatus.IN_PROGRESS:
            return False
        self.status, self.completed_at = EnrollmentStatus.COMPLETED, at
        self.progress_pct, self.score_pct = 100, score_pct
        self.version += 1
        return True

    def close(self, at: datetime) -> bool:
        """End access. Returns False if there was none."""
        if not self.is_open:
            return False
        self.closed_at = at
        if self.completed_at is None:
            self.status = EnrollmentStatus.DROPPED
        self.version += 1
        return True


class Recount(Model):
    """A course whose lessons changed: its enrollments are counted anew, as far as `after`."""

    __tablename__ = "recounts"

    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    after: Mapped[UUID | None]
    queued_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Entitlement(Model):
    """What payment-service says may be used; `version` keeps grant and revocation in order."""

    __tablename__ = "entitlements"
    __table_args__ = (Index("ix_entitlements_user_id", "user_id", "course_id"),)

    entitlement_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    course_id: Mapped[UUID]
    version: Mapped[int]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
