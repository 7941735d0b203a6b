"""What course-service says: courses, enrollments, learning, certificates."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.event import AmountMinor, Currency, Event, Person


class PricingType(StrEnum):
    """What is to be paid. FREE_PLUS_CERTIFICATE: learning is free, the certificate is not."""

    FREE = "FREE"
    PAID = "PAID"
    FREE_PLUS_CERTIFICATE = "FREE_PLUS_CERTIFICATE"


class CourseVisibility(StrEnum):
    """Who may see a course or webinar."""

    PUBLIC = "PUBLIC"
    MEMBER_ONLY = "MEMBER_ONLY"
    VERIFIED_ONLY = "VERIFIED_ONLY"


class CourseFacts(Event):
    """What a catalogue needs to know of a course; complete in every event that changes it."""

    aggregate: ClassVar[str] = "course"

    course_id: UUID
    author_id: UUID
    title: str
    slug: str
    description: str
    category: str
    specialty_tags: list[str] = Field(default_factory=list)
    pricing_type: PricingType
    amount_minor: AmountMinor = 0
    currency: Currency = "INR"
    visibility: CourseVisibility
    thumbnail_url: str | None = None
    person: Person


class CoursePublished(CourseFacts):
    """A course can be found and joined from now on."""

    name: ClassVar[str] = "course.published"

    published_at: datetime


class CourseUpdated(CourseFacts):
    """A published course changed."""

    name: ClassVar[str] = "course.updated"


class CourseArchived(Event):
    """A course can no longer be found or joined; those inside go on."""

    name: ClassVar[str] = "course.archived"
    aggregate: ClassVar[str] = "course"

    course_id: UUID
    author_id: UUID
    title: str


class EnrollmentCreated(Event):
    """A learner has access to a course. Published once per enrollment, when access begins."""

    name: ClassVar[str] = "enrollment.created"
    aggregate: ClassVar[str] = "enrollment"

    enrollment_id: UUID
    course_id: UUID
    course_title: str
    author_id: UUID
    user_id: UUID
    how: Literal["FREE", "ENTITLEMENT", "APPROVAL"]
    started_at: datetime


class EnrollmentCancelled(Event):
    """A learner lost access or left."""

    name: ClassVar[str] = "enrollment.cancelled"
    aggregate: ClassVar[str] = "enrollment"

    enrollment_id: UUID
    course_id: UUID
    course_title: str
    user_id: UUID
    cause: Literal["LEFT", "ENTITLEMENT_REVOKED"]


class EnrollmentCompleted(Event):
    """A learner met every completion rule of a course. Published once per enrollment."""

    name: ClassVar[str] = "enrollment.completed"
    aggregate: ClassVar[str] = "enrollment"

    enrollment_id: UUID
    course_id: UUID
    course_title: str
    user_id: UUID
    completed_at: datetime
    score_pct: int | None = None


class LessonCompleted(Event):
    """A learner finished a lesson. Published once per learner and lesson."""

    name: ClassVar[str] = "lesson.completed"
    aggregate: ClassVar[str] = "lesson_progress"

    lesson_progress_id: UUID
    lesson_id: UUID
    lesson_title: str
    course_id: UUID
    enrollment_id: UUID
    user_id: UUID
    completed_at: datetime


class QuizSubmitted(Event):
    """An attempt was handed in and graded. `score_pct` is 0 to 100."""

    name: ClassVar[str] = "quiz.submitted"
    aggregate: ClassVar[str] = "attempt"

    attempt_id: UUID
    quiz_id: UUID
    lesson_id: UUID
    course_id: UUID
    user_id: UUID
    score_pct: int
    passed: bool


class CertificateIssued(Event):
    """A certificate exists and its PDF can be downloaded."""

    name: ClassVar[str] = "certificate.issued"
    aggregate: ClassVar[str] = "certificate"

    certificate_id: UUID
    certificate_number: str
    enrollment_id: UUID
    course_id: UUID
    course_title: str
    user_id: UUID
    verification_url: str
    issued_at: datetime


class CertificateRevoked(Event):
    """A certificate is no longer valid; `revoked_by` is the admin who took it back."""

    name: ClassVar[str] = "certificate.revoked"
    aggregate: ClassVar[str] = "certificate"

    certificate_id: UUID
    certificate_number: str
    course_title: str
    user_id: UUID
    reason: str | None = None
    revoked_by: UUID | None = None
