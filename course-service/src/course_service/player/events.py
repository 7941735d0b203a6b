"""Progress as the event that announces it."""

from contracts.course import LessonCompleted
from course_service.lessons.models import Lesson
from course_service.player.models import LessonProgress
from servicekit.clock import now


def completion_of(progress: LessonProgress, lesson: Lesson) -> LessonCompleted:
    """The learner finished the lesson."""
    return LessonCompleted(
        version=progress.version,
        lesson_progress_id=progress.id,
        lesson_id=progress.lesson_id,
        lesson_title=lesson.title,
        course_id=progress.course_id,
        enrollment_id=progress.enrollment_id,
        user_id=progress.user_id,
        completed_at=progress.completed_at or now(),
    )
