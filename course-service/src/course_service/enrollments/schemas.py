"""Bodies and answers of the enrollment routes."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from course_service.bodies import PostIn
from course_service.courses.schemas import AccessCode
from course_service.enrollments.models import EnrollmentStatus
from servicekit.fields import In, Out


class EnrollIn(PostIn):
    """What joining may take."""

    access_code: AccessCode | None = None
    answers: Annotated[Any, Field(description="Only its default for now")] = None


class PaidEnrollIn(PostIn):
    """The payment that a client believes to have made. It is not trusted."""

    payment_id: Annotated[str, Field(min_length=1, max_length=100)]


class ResumeIn(In):
    """Where the learner stopped."""

    last_lesson_id: UUID
    last_position_secs: Annotated[int, Field(ge=0, le=1_000_000)]


class EnrollmentOut(Out):
    """An enrollment, for its learner and for the author of the course."""

    id: UUID
    user_id: UUID
    course_id: UUID
    course_title: str
    status: EnrollmentStatus
    progress_pct: int
    score_pct: int | None
    last_lesson_id: UUID | None
    last_position_secs: int | None
    started_at: datetime | None
    completed_at: datetime | None
