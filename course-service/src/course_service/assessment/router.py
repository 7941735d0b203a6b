"""Routes of quizzes and attempts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from course_service.assessment import authoring, queries, service
from course_service.assessment.models import Quiz
from course_service.assessment.schemas import (
    AnswerIn,
    AnswersIn,
    AttemptLineOut,
    AttemptOut,
    QuizIn,
    QuizOut,
    QuizPatch,
)
from servicekit.access import Caller
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx
from servicekit.web.etags import IfMatch, etag_of

router = APIRouter(prefix="/assessment", tags=["assessment"])


@router.post("/lessons/{lesson_id}/quiz", status_code=201)
async def create_quiz(
    lesson_id: UUID, body: QuizIn, caller: Caller, tx: Tx, response: Response
) -> QuizOut:
    """Give the caller's own lesson its quiz."""
    quiz = await authoring.create_quiz(tx, lesson_id=lesson_id, body=body, by=caller)
    response.headers["Location"] = f"/api/v1/assessment/quizzes/{quiz.id}"
    return _for_author(response, quiz)


@router.get("/lessons/{lesson_id}/quiz")
async def get_quiz_of_lesson(
    lesson_id: UUID, caller: Caller, tx: Tx, response: Response
) -> QuizOut:
    """The lesson's quiz; learners never see the key."""
    quiz = await queries.get_quiz_of_lesson(tx, lesson_id)
    response.headers["ETag"] = etag_of(quiz.version)
    return await service.show_quiz(tx, quiz, by=caller)


@router.get("/quizzes/{quiz_id}")
async def get_quiz(quiz_id: UUID, caller: Caller, tx: Tx, response: Response) -> QuizOut:
    """One quiz; learners never see the key."""
    quiz = await queries.get_quiz(tx, quiz_id)
    response.headers["ETag"] = etag_of(quiz.version)
    return await service.show_quiz(tx, quiz, by=caller)


@router.patch("/quizzes/{quiz_id}")
async def update_quiz(
    quiz_id: UUID,
    body: QuizPatch,
    caller: Caller,
    tx: Tx,
    response: Response,
    if_match: IfMatch = None,
) -> QuizOut:
    """Change the fields sent; attempts that have begun keep their questions."""
    quiz = await authoring.update_quiz(tx, quiz_id=quiz_id, body=body, if_match=if_match, by=caller)
    return _for_author(response, quiz)


@router.delete("/quizzes/{quiz_id}", status_code=204)
async def delete_quiz(quiz_id: UUID, caller: Caller, tx: Tx) -> None:
    """Remove the quiz; 204 again afterwards."""
    await authoring.delete_quiz(tx, quiz_id=quiz_id, by=caller)


@router.post("/quizzes/{quiz_id}/publish")
async def publish_quiz(quiz_id: UUID, caller: Caller, tx: Tx, response: Response) -> QuizOut:
    """Open the quiz to learners before its course is published."""
    return _for_author(response, await authoring.publish_quiz(tx, quiz_id=quiz_id, by=caller))


@router.post("/quizzes/{quiz_id}/start", status_code=201)
async def start_attempt(quiz_id: UUID, caller: Caller, tx: Tx, response: Response) -> AttemptOut:
    """Begin an attempt (201) or go on with the open one (200). The server's clock counts."""
    attempt, is_new = await service.start_attempt(tx, quiz_id=quiz_id, by=caller)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/api/v1/assessment/attempts/{attempt.id}"
    return service.describe_attempt(attempt)


@router.post("/quizzes/{quiz_id}/attempt", status_code=201)
async def hand_in(
    quiz_id: UUID, body: AnswersIn, caller: Caller, tx: Tx, response: Response
) -> AttemptOut:
    """Hand in a whole paper; graded at once. Late answers do not count."""
    attempt = await service.hand_in(tx, quiz_id=quiz_id, body=body, by=caller)
    response.headers["Location"] = f"/api/v1/assessment/attempts/{attempt.id}"
    return service.describe_attempt(attempt)


@router.get("/quizzes/{quiz_id}/attempts")
async def list_attempts(
    quiz_id: UUID, caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> Page[AttemptLineOut]:
    """The caller's own attempts, newest first."""
    rows = await service.list_attempts(
        tx, quiz_id=quiz_id, by=caller, after=decode_id(cursor), limit=limit
    )
    items, next_cursor = page_of(rows, limit, lambda attempt: (attempt.id,))
    return Page(
        items=[AttemptLineOut.model_validate(each) for each in items], next_cursor=next_cursor
    )


@router.get("/attempts/{attempt_id}")
async def get_attempt(attempt_id: UUID, caller: Caller, tx: Tx) -> AttemptOut:
    """One of the caller's own attempts."""
    attempt = await queries.lock_attempt(tx, attempt_id, owner=caller.user_id)
    return service.describe_attempt(attempt)


@router.put("/attempts/{attempt_id}/answers/{number}")
async def answer_question(
    attempt_id: UUID,
    number: Annotated[int, Path(ge=0, le=200)],
    body: AnswerIn,
    caller: Caller,
    tx: Tx,
) -> AttemptOut:
    """Keep the answer to one question, counted from 0 in the order shown."""
    attempt = await service.answer_question(
        tx, attempt_id=attempt_id, number=number, body=body, by=caller
    )
    return service.describe_attempt(attempt)


@router.post("/attempts/{attempt_id}/submit")
async def submit_attempt(attempt_id: UUID, caller: Caller, tx: Tx) -> AttemptOut:
    """Hand in the answers kept so far; again changes nothing."""
    attempt = await service.submit_attempt(tx, attempt_id=attempt_id, by=caller)
    return service.describe_attempt(attempt)


def _for_author(response: Response, quiz: Quiz) -> QuizOut:
    response.headers["ETag"] = etag_of(quiz.version)
    return service.describe_quiz(quiz, attempts_used=0, is_author=True)
