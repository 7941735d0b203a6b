"""Attempts as the event that announces them."""

from contracts.course import QuizSubmitted
from course_service.assessment.models import Attempt


def submission_of(attempt: Attempt) -> QuizSubmitted:
    """The attempt was handed in and graded."""
    return QuizSubmitted(
        version=attempt.version,
        attempt_id=attempt.id,
        quiz_id=attempt.quiz_id,
        lesson_id=attempt.lesson_id,
        course_id=attempt.course_id,
        user_id=attempt.user_id,
        score_pct=attempt.score_pct or 0,
        passed=bool(attempt.passed),
    )
