"""Quizzes and attempts, found, locked and listed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from course_service.assessment.errors import AttemptNotFound, QuizNotFound
from course_service.assessment.models import Attempt, AttemptStatus, Quiz, QuizStatus
from course_service.courses.models import Course


async def get_quiz(session: AsyncSession, quiz_id: UUID) -> Quiz:
    """The quiz, whoever asks. Raises QuizNotFound."""
    query = select(Quiz).where(Quiz.id == quiz_id, Quiz.deleted_at.is_(None))
    return _found(await session.scalar(query))


async def get_quiz_of_lesson(session: AsyncSession, lesson_id: UUID) -> Quiz:
    """The quiz of a lesson, whoever asks. Raises QuizNotFound."""
    query = select(Quiz).where(Quiz.lesson_id == lesson_id, Quiz.deleted_at.is_(None))
    return _found(await session.scalar(query))


async def lock_quiz(session: AsyncSession, quiz_id: UUID, *, author: UUID) -> Quiz:
    """A quiz in the author's own course, locked. Raises QuizNotFound."""
    quiz = await find_own_quiz(session, quiz_id, author=author)
    return _found(None if quiz is None or quiz.deleted_at else quiz)


async def find_own_quiz(session: AsyncSession, quiz_id: UUID, *, author: UUID) -> Quiz | None:
    """A quiz in the author's own course, locked, even if it was deleted."""
    own = (
        select(Quiz)
        .join(Course, Course.id == Quiz.course_id)
        .where(Quiz.id == quiz_id, Course.author_id == author)
    )
    return await session.scalar(own.with_for_update(of=Quiz))


async def publish_quizzes(session: AsyncSession, *, course_id: UUID) -> None:
    """Open every quiz of a course."""
    drafts = Quiz.course_id == course_id, Quiz.status == QuizStatus.DRAFT
    await session.execute(update(Quiz).where(*drafts).values(status=QuizStatus.PUBLISHED))


async def count_attempts(session: AsyncSession, *, quiz_id: UUID, user_id: UUID) -> int:
    """How many attempts a learner has begun."""
    counted = select(func.count()).where(Attempt.quiz_id == quiz_id, Attempt.user_id == user_id)
    return await session.scalar(counted) or 0


async def lock_open_attempt(
    session: AsyncSession, *, quiz_id: UUID, user_id: UUID
) -> Attempt | None:
    """The learner's attempt that was not handed in, locked, if there is one."""
    query = select(Attempt).where(
        Attempt.quiz_id == quiz_id,
        Attempt.user_id == user_id,
        Attempt.status == AttemptStatus.IN_PROGRESS,
    )
    return await session.scalar(query.with_for_update())


async def lock_attempt(session: AsyncSession, attempt_id: UUID, *, owner: UUID) -> Attempt:
    """The learner's own attempt, locked. Raises AttemptNotFound."""
    own = select(Attempt).where(Attempt.id == attempt_id, Attempt.user_id == owner)
    attempt = await session.scalar(own.with_for_update())
    if attempt is None:
        raise AttemptNotFound
    return attempt


async def list_attempts(
    session: AsyncSession, *, quiz_id: UUID, user_id: UUID, after: UUID | None, limit: int
) -> Sequence[Attempt]:
    """A learner's attempts, newest first; `limit + 1` of them."""
    query = select(Attempt).where(Attempt.quiz_id == quiz_id, Attempt.user_id == user_id)
    if after is not None:
        query = query.where(Attempt.id < after)
    return (await session.scalars(query.order_by(Attempt.id.desc()).limit(limit + 1))).all()


async def lock_abandoned(session: AsyncSession, *, at: datetime, limit: int) -> Sequence[Attempt]:
    """Attempts whose time is over and that nobody handed in; those locked elsewhere are skipped."""
    query = (
        select(Attempt)
        .where(Attempt.status == AttemptStatus.IN_PROGRESS, Attempt.deadline_at < at)
        .order_by(Attempt.deadline_at)
        .limit(limit)
    )
    return (await session.scalars(query.with_for_update(skip_locked=True))).all()


def _found(quiz: Quiz | None) -> Quiz:
    if quiz is None:
        raise QuizNotFound
    return quiz
