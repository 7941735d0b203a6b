"""Quizzes and attempts at them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from course_service.database import Model
from servicekit.database import WithId


class QuestionType(StrEnum):
    """How a question is answered."""

    MCQ = "MCQ"
    MSQ = "MSQ"
    TRUE_FALSE = "TRUE_FALSE"
    SHORT_ANSWER = "SHORT_ANSWER"
    NUMERIC = "NUMERIC"
    ESSAY = "ESSAY"


class QuizStatus(StrEnum):
    """Drafts cannot be taken."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"


class ShowAnswers(StrEnum):
    """When a learner sees the key."""

    NEVER = "NEVER"
    AFTER_SUBMIT = "AFTER_SUBMIT"
    AFTER_PASS = "AFTER_PASS"  # noqa: S105  (a word of the API, no password)


class AttemptStatus(StrEnum):
    """An attempt is open until it is handed in or its time is over."""

    IN_PROGRESS = "IN_PROGRESS"
    SUBMITTED = "SUBMITTED"


class Quiz(WithId, Model):
    """The questions of one lesson, with their key."""

    __tablename__ = "quizzes"
    __table_args__ = (
        Index(
            "uq_quizzes_lesson_id",
            "lesson_id",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_quizzes_course_id", "course_id"),
    )

    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    title: Mapped[str]
    questions: Mapped[list[Any]] = mapped_column(JSONB)
    passing_score: Mapped[int]
    max_attempts: Mapped[int | None]
    time_limit_secs: Mapped[int | None]
    randomize_order: Mapped[bool]
    shuffle_options: Mapped[bool]
    show_answers: Mapped[ShowAnswers]
    status: Mapped[QuizStatus]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    @property
    def is_open_book(self) -> bool:
        """Whether questions may be seen before an attempt: neither time nor order is at stake."""
        return not (self.time_limit_secs or self.randomize_order or self.shuffle_options)

    def change(self, at: datetime) -> None:
        """Count a change; the version is the ETag."""
        self.version, self.updated_at = self.version + 1, at


class Attempt(WithId, Model):
    """One learner's try. `paper` holds questions and options in the order shown, with their key.

    The paper is the attempt's own, so editing the quiz changes nothing for whoever has begun.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        Index(
            "uq_attempts_open",
            "quiz_id",
            "user_id",
            unique=True,
            postgresql_where=text("status = 'IN_PROGRESS'"),
        ),
        Index("ix_attempts_user_id", "user_id", "quiz_id", "id"),
        Index(
            "ix_attempts_deadline_at",
            "deadline_at",
            postgresql_where=text("status = 'IN_PROGRESS'"),
        ),
    )

    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quizzes.id"))
    lesson_id: Mapped[UUID]
    course_id: Mapped[UUID]
    user_id: Mapped[UUID]
    status: Mapped[AttemptStatus]
    paper: Mapped[list[Any]] = mapped_column(JSONB)
    answers: Mapped[list[Any]] = mapped_column(JSONB)
    passing_score: Mapped[int]
    show_answers: Mapped[ShowAnswers]
    score_pct: Mapped[int | None]
    passed: Mapped[bool | None]
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)

    def is_open(self, at: datetime) -> bool:
        """Whether answers still count."""
        return self.status is AttemptStatus.IN_PROGRESS and at <= self.deadline_at

    def submit(self, *, score_pct: int, at: datetime) -> bool:
        """Hand in. Returns False, and changes nothing, if it was handed in before."""
        if self.status is AttemptStatus.SUBMITTED:
            return False
        self.status, self.submitted_at = AttemptStatus.SUBMITTED, min(at, self.deadline_at)
        self.score_pct, self.passed = score_pct, score_pct >= self.passing_score
        self.version += 1
        return True

    @property
    def shows_key(self) -> bool:
        """Whether the learner may see the right answers now."""
        if self.status is not AttemptStatus.SUBMITTED:
            return False
        after_pass = self.show_answers is ShowAnswers.AFTER_PASS and bool(self.passed)
        return self.show_answers is ShowAnswers.AFTER_SUBMIT or after_pass
