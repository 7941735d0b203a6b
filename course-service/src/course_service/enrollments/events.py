"""Enrollments as the events that announce them."""

from typing import Literal

from contracts.course import EnrollmentCancelled, EnrollmentCompleted, EnrollmentCreated
from course_service.enrollments.models import Admission, Enrollment
from servicekit.clock import now

Cause = Literal["LEFT", "ENTITLEMENT_REVOKED"]


def beginning_of(enrollment: Enrollment) -> EnrollmentCreated:
    """The learner has access for the first time."""
    return EnrollmentCreated(
        version=enrollment.version,
        enrollment_id=enrollment.id,
        course_id=enrollment.course_id,
        course_title=enrollment.course.title,
        author_id=enrollment.course.author_id,
        user_id=enrollment.user_id,
        how="FREE" if enrollment.how is Admission.FREE else "ENTITLEMENT",
        started_at=enrollment.started_at or now(),
    )


def completion_of(enrollment: Enrollment) -> EnrollmentCompleted:
    """The learner finished every lesson."""
    return EnrollmentCompleted(
        version=enrollment.version,
        enrollment_id=enrollment.id,
        course_id=enrollment.course_id,
        course_title=enrollment.course.title,
        user_id=enrollment.user_id,
        completed_at=enrollment.completed_at or now(),
        score_pct=enrollment.score_pct,
    )


def cancellation_of(enrollment: Enrollment, *, cause: Cause) -> EnrollmentCancelled:
    """The learner has no access any more."""
    return EnrollmentCancelled(
        version=enrollment.version,
        enrollment_id=enrollment.id,
        course_id=enrollment.course_id,
        course_title=enrollment.course.title,
        user_id=enrollment.user_id,
        cause=cause,
    )
