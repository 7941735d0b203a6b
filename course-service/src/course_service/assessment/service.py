"""Taking a quiz: start, answer, hand in."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from course_service.assessment import papers, queries
from course_service.assessment.errors import (
    AttemptNotFound,
    AttemptOver,
    NoAttemptsLeft,
    QuizNotFound,
    QuizNotOpen,
    QuizNotStarted,
)
from course_service.assessment.events import submission_of
from course_service.assessment.models import Attempt, AttemptStatus, Quiz, QuizStatus
from course_service.assessment.schemas import (
    AnswerIn,
    AnswersIn,
    AttemptOut,
    QuestionOut,
    QuizOut,
)
from course_service.courses.queries import get_course
from course_service.enrollments.queries import find_open_enrollment, lock_enrollment
from course_service.lessons.errors import LessonNotFound, NotEnrolled
from course_service.lessons.queries import get_learnable_lesson
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging import publish

LONGEST = timedelta(hours=24)
"""How long an attempt without a time limit may stay open."""


async def show_quiz(session: AsyncSession, quiz: Quiz, *, by: Principal) -> QuizOut:
    """The quiz, with its key for the author alone. Raises QuizNotFound, NotEnrolled."""
    course = await get_course(session, quiz.course_id)
    is_author = course.author_id == by.user_id
    if not is_author:
        await _refuse_hidden(session, quiz, by=by)
        if quiz.status is QuizStatus.DRAFT:
            raise QuizNotFound
    used = await queries.count_attempts(session, quiz_id=quiz.id, user_id=by.user_id)
    return describe_quiz(quiz, attempts_used=used, is_author=is_author)


def describe_quiz(quiz: Quiz, *, attempts_used: int, is_author: bool) -> QuizOut:
    """The quiz as an author or a learner may see it."""
    visible = quiz.questions if is_author or quiz.is_open_book else []
    columns = {name: getattr(quiz, name, None) for name in QuizOut.model_fields}
    return QuizOut.model_validate(
        columns
        | {
            "attempts_used": attempts_used,
            "question_count": len(quiz.questions),
            "questions": _questions(visible, with_key=is_author),
        }
    )


def describe_attempt(attempt: Attempt) -> AttemptOut:
    """The attempt as its learner may see it."""
    columns = {name: getattr(attempt, name, None) for name in AttemptOut.model_fields}
    questions = _questions(attempt.paper, with_key=attempt.shows_key)
    return AttemptOut.model_validate(columns | {"questions": questions})


async def start_attempt(
    session: AsyncSession, *, quiz_id: UUID, by: Principal
) -> tuple[Attempt, bool]:
    """Begin an attempt and say whether it is new: one that is open goes on.

    Raises QuizNotFound, NotEnrolled, QuizNotOpen, NoAttemptsLeft.
    """
    quiz = await queries.get_quiz(session, quiz_id)
    await _enter(session, quiz, by=by)
    present = await _open_attempt(session, quiz, by=by)
    if present is not None:
        return present, False
    return await _begin(session, quiz, by=by), True


async def answer_question(
    session: AsyncSession, *, attempt_id: UUID, number: int, body: AnswerIn, by: Principal
) -> Attempt:
    """Keep the answer to question `number`, counted from 0 in the order shown.

    Raises AttemptNotFound (also for a number beyond the last), AttemptOver.
    """
    attempt = await queries.lock_attempt(session, attempt_id, owner=by.user_id)
    if not attempt.is_open(now()):
        raise AttemptOver
    if number >= len(attempt.paper):
        raise AttemptNotFound
    attempt.answers = [
        body.answer if place == number else kept for place, kept in enumerate(attempt.answers)
    ]
    return attempt


async def hand_in(
    session: AsyncSession, *, quiz_id: UUID, body: AnswersIn, by: Principal
) -> Attempt:
    """Submit a whole paper: the open attempt's, or a new one's if the quiz needs no start.

    After the deadline only the answers kept before it count. Raises QuizNotFound, NotEnrolled,
    QuizNotOpen, NoAttemptsLeft, QuizNotStarted.
    """
    quiz = await queries.get_quiz(session, quiz_id)
    await _enter(session, quiz, by=by)
    attempt = await queries.lock_open_attempt(session, quiz_id=quiz.id, user_id=by.user_id)
    if attempt is None:
        if not quiz.is_open_book:
            raise QuizNotStarted
        attempt = await _begin(session, quiz, by=by)
    if attempt.is_open(now()):
        attempt.answers = _padded(body.answers, len(attempt.paper))
    submit(session, attempt)
    return attempt


async def submit_attempt(session: AsyncSession, *, attempt_id: UUID, by: Principal) -> Attempt:
    """Hand in the answers kept so far; again changes nothing. Raises AttemptNotFound."""
    attempt = await queries.lock_attempt(session, attempt_id, owner=by.user_id)
    submit(session, attempt)
    return attempt


def submit(session: AsyncSession, attempt: Attempt) -> None:
    """Grade a locked attempt and announce it, once."""
    score = papers.grade(attempt.paper, attempt.answers)
    if attempt.submit(score_pct=score, at=now()):
        publish(session, submission_of(attempt))


async def submit_abandoned(session: AsyncSession, *, limit: int = 100) -> int:
    """Hand in attempts whose time is over, at most `limit`; answers how many."""
    abandoned = await queries.lock_abandoned(session, at=now(), limit=limit)
    for attempt in abandoned:
        submit(session, attempt)
    return len(abandoned)


async def list_attempts(
    session: AsyncSession, *, quiz_id: UUID, by: Principal, after: UUID | None, limit: int
) -> Sequence[Attempt]:
    """The caller's attempts, newest first, one more than `limit`.

    Raises QuizNotFound, NotEnrolled.
    """
    quiz = await queries.get_quiz(session, quiz_id)
    mine = await queries.list_attempts(
        session, quiz_id=quiz.id, user_id=by.user_id, after=after, limit=limit
    )
    if not mine:
        await _refuse_hidden(session, quiz, by=by)
    return mine


async def _refuse_hidden(session: AsyncSession, quiz: Quiz, *, by: Principal) -> None:
    """A quiz that the caller may not find is like one that never was."""
    try:
        await get_learnable_lesson(session, quiz.lesson_id, viewer=by)
    except LessonNotFound as hidden:
        raise QuizNotFound from hidden


async def _enter(session: AsyncSession, quiz: Quiz, *, by: Principal) -> None:
    """Let learners in; the enrollment's lock makes a learner's requests follow each other."""
    seat = await find_open_enrollment(session, user_id=by.user_id, course_id=quiz.course_id)
    if seat is None:
        await _refuse_hidden(session, quiz, by=by)
        raise NotEnrolled(course_id=str(quiz.course_id))
    await lock_enrollment(session, seat.id)
    if quiz.status is QuizStatus.DRAFT:
        raise QuizNotOpen


async def _open_attempt(session: AsyncSession, quiz: Quiz, *, by: Principal) -> Attempt | None:
    present = await queries.lock_open_attempt(session, quiz_id=quiz.id, user_id=by.user_id)
    if present is not None and not present.is_open(now()):
        submit(session, present)
        await session.flush()
        return None
    return present


async def _begin(session: AsyncSession, quiz: Quiz, *, by: Principal) -> Attempt:
    used = await queries.count_attempts(session, quiz_id=quiz.id, user_id=by.user_id)
    if quiz.max_attempts is not None and used >= quiz.max_attempts:
        raise NoAttemptsLeft(max_attempts=quiz.max_attempts)
    attempt_id, at = uuid7(), now()
    limit = timedelta(seconds=quiz.time_limit_secs) if quiz.time_limit_secs else LONGEST
    attempt = Attempt(
        id=attempt_id,
        quiz_id=quiz.id,
        lesson_id=quiz.lesson_id,
        course_id=quiz.course_id,
        user_id=by.user_id,
        status=AttemptStatus.IN_PROGRESS,
        paper=papers.lay_out(quiz, attempt_id=attempt_id),
        answers=[None] * len(quiz.questions),
        passing_score=quiz.passing_score,
        show_answers=quiz.show_answers,
        started_at=at,
        deadline_at=at + limit,
    )
    session.add(attempt)
    await session.flush()
    return attempt


def _questions(paper: Sequence[Any], *, with_key: bool) -> list[QuestionOut]:
    return [
        QuestionOut.model_validate(papers.shown(question, with_key=with_key)) for question in paper
    ]


def _padded(answers: Sequence[Any], count: int) -> list[Any]:
    return [*answers, *[None] * count][:count]
