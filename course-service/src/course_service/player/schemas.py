"""Bodies and answers of the player."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from course_service.bodies import PostIn
from course_service.enrollments.models import EnrollmentStatus
from course_service.lessons.models import LessonType
from servicekit.fields import Out

Secs = Annotated[float, Field(ge=0, le=1_000_000)]
Page = Annotated[int, Field(ge=1, le=100_000)]


class HeartbeatIn(PostIn):
    """What was watched since the last beat, in seconds of the video."""

    position_secs: Secs
    watched_intervals: Annotated[list[tuple[Secs, Secs]], Field(max_length=500)]
    playback_rate: Annotated[float, Field(ge=0.25, le=4)] = 1.0


class HeartbeatOut(Out):
    """What is believed so far."""

    position_secs: int
    watched_pct: int
    total_watched_secs: int
    is_completed: bool


class DocumentBeatIn(PostIn):
    """Which pages were on the screen, counted from 1."""

    current_page: Page
    pages_viewed: Annotated[list[Page], Field(max_length=10_000)]


class DocumentBeatOut(Out):
    """Which pages are known to have been seen."""

    current_page: int
    pages_viewed: list[int]
    page_count: int | None
    viewed_pct: int
    is_completed: bool


class ProgressIn(PostIn):
    """What a client says; `completed` is believed for texts alone."""

    watch_duration_secs: Annotated[int | None, Field(ge=0, le=1_000_000)] = None
    completed: bool | None = None


class LessonProgressOut(Out):
    """A lesson as far as the learner is in it."""

    lesson_id: UUID
    title: str
    lesson_type: LessonType
    progress_pct: int
    position_secs: int | None
    current_page: int | None
    score_pct: int | None
    is_completed: bool
    completed_at: datetime | None


class CourseProgressOut(Out):
    """A course as far as the learner is in it."""

    course_id: UUID
    enrollment_id: UUID
    status: EnrollmentStatus
    progress_pct: int
    total_lessons: int
    completed_lessons: int
    lessons: list[LessonProgressOut]


class WeightedLessonOut(LessonProgressOut):
    """A lesson and its share of the course, in percent."""

    weight_pct: float


class ProgressDetailOut(Out):
    """A course measured to the percent: `weighted_pct` is the sum of share times progress."""

    course_id: UUID
    enrollment_id: UUID
    status: EnrollmentStatus
    weighted_pct: float
    lessons: list[WeightedLessonOut]


class ContentStatus(StrEnum):
    """Whether there is something to show yet."""

    READY = "READY"
    PROCESSING = "PROCESSING"
    FAILED = "FAILED"


class ResumeOut(Out):
    """Where the learner stopped."""

    position_secs: int
    current_page: int | None
    watched_pct: int
    is_completed: bool


class ContentOut(Out):
    """What a player needs. Addresses are signed and expire; what a lesson has not is null."""

    lesson_id: UUID
    course_id: UUID
    title: str
    lesson_type: LessonType
    status: ContentStatus
    signed_content_url: str | None
    hls_manifest_url: str | None
    signed_cookies: dict[str, Any] | None
    scorm_launch_url: str | None
    scorm_session_id: UUID | None
    content_body: str | None
    duration_secs: float | None
    page_count: int | None
    expires_at: datetime
    resume: ResumeOut
