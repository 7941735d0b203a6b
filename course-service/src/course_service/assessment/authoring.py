"""What authors do with quizzes."""

from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from course_service.assessment import queries
from course_service.assessment.errors import LessonIsNoQuiz, QuizExists, QuizNotFound
from course_service.assessment.models import QuestionType, Quiz, QuizStatus
from course_service.assessment.schemas import QuestionIn, QuizIn, QuizPatch
from course_service.courses.models import CourseStatus
from course_service.courses.queries import get_course
from course_service.lessons.models import LessonType
from course_service.lessons.queries import lock_lesson
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.problems import not_yet_supported
from servicekit.web.etags import refuse_stale


async def create_quiz(
    session: AsyncSession, *, lesson_id: UUID, body: QuizIn, by: Principal
) -> Quiz:
    """The quiz of the caller's own lesson; in a published course it is open at once.

    Raises LessonNotFound, LessonIsNoQuiz, QuizExists.
    """
    lesson = await lock_lesson(session, lesson_id, author=by.user_id)
    if lesson.lesson_type is not LessonType.QUIZ:
        raise LessonIsNoQuiz
    course = await get_course(session, lesson.course_id)
    at = now()
    quiz = Quiz(
        lesson_id=lesson.id,
        course_id=lesson.course_id,
        status=QuizStatus.PUBLISHED
        if course.status is CourseStatus.PUBLISHED
        else QuizStatus.DRAFT,
        created_at=at,
        updated_at=at,
        **body.model_dump(exclude={"questions", "title"}),
        title=body.title or lesson.title,
        questions=_rows(body.questions),
    )
    session.add(quiz)
    try:
        await session.flush()
    except IntegrityError as refused:
        raise QuizExists from refused
    return quiz


async def update_quiz(
    session: AsyncSession, *, quiz_id: UUID, body: QuizPatch, if_match: str | None, by: Principal
) -> Quiz:
    """Change the fields sent; attempts that have begun keep their paper.

    Raises QuizNotFound, PreconditionFailed.
    """
    quiz = await queries.lock_quiz(session, quiz_id, author=by.user_id)
    refuse_stale(if_match, quiz.version)
    said = body.sent()
    if "questions" in said:
        said["questions"] = _rows(body.questions)
    for name, value in said.items():
        setattr(quiz, name, value)
    quiz.change(now())
    return quiz


async def publish_quiz(session: AsyncSession, *, quiz_id: UUID, by: Principal) -> Quiz:
    """Open the quiz to learners; repeating it changes nothing. Raises QuizNotFound."""
    quiz = await queries.lock_quiz(session, quiz_id, author=by.user_id)
    if quiz.status is QuizStatus.DRAFT:
        quiz.status = QuizStatus.PUBLISHED
        quiz.change(now())
    return quiz


async def delete_quiz(session: AsyncSession, *, quiz_id: UUID, by: Principal) -> None:
    """Remove the quiz; again changes nothing. Raises QuizNotFound."""
    quiz = await queries.find_own_quiz(session, quiz_id, author=by.user_id)
    if quiz is None:
        raise QuizNotFound
    quiz.deleted_at = quiz.deleted_at or now()


def _rows(questions: list[QuestionIn]) -> list[dict[str, Any]]:
    for number, question in enumerate(questions):
        if question.question_type is QuestionType.ESSAY:
            raise not_yet_supported(f"questions/{number}/question_type")
    return [question.model_dump(mode="json") for question in questions]
