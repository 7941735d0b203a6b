"""Authors make quizzes; learners take them against the server's clock."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import time_machine
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import LessonCompleted, QuizSubmitted
from course_service.assessment.service import submit_abandoned
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.sessions import Sessions
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published

QUIZZES = "/api/v1/assessment/quizzes"
ATTEMPTS = "/api/v1/assessment/attempts"
Client = httpx2.AsyncClient


@pytest.fixture
def open_quiz(make_school: Any, enroll: Any, learner: TestCaller) -> Any:
    """`open_quiz(time_limit_secs=60)`: a quiz that the learner may take."""

    async def make(**quiz: Any) -> Any:
        school = await make_school("QUIZ", quiz=quiz)
        await enroll(school, learner)
        return school

    return make


async def test_only_the_author_sees_the_key(
    client: Client, author: TestCaller, learner: TestCaller, stranger: TestCaller, open_quiz: Any
) -> None:
    school = await open_quiz(show_answers="AFTER_PASS")
    by_lesson = f"/api/v1/assessment/lessons/{school.lessons['QUIZ']}/quiz"
    for path in (f"{QUIZZES}/{school.quiz_id}", by_lesson):
        own = (await client.get(path, headers=author.headers)).json()
        assert own["questions"][0]["correct_index"] == 1
        shown = (await client.get(path, headers=learner.headers)).json()
        assert (shown["questions"][0]["correct_index"], shown["question_count"]) == (None, 1)
        assert shown["questions"][0]["explanation"] is None
        assert (await client.get(path, headers=stranger.headers)).status_code == 403


async def test_a_timed_quiz_shows_nothing_before_it_is_started(
    client: Client, learner: TestCaller, open_quiz: Any
) -> None:
    school = await open_quiz(time_limit_secs=60)
    path, me = f"{QUIZZES}/{school.quiz_id}", learner.headers
    assert (await client.get(path, headers=me)).json()["questions"] == []
    early = await client.post(f"{path}/attempt", json={"answers": [1]}, headers=me)
    assert (early.status_code, early.json()["code"]) == (409, "quiz-not-started")
    started = await client.post(f"{path}/start", headers=me)
    again = await client.post(f"{path}/start", headers=me)
    assert (started.status_code, again.status_code) == (201, 200)
    assert started.json() == again.json()
    assert started.headers["location"] == f"{ATTEMPTS}/{started.json()['id']}"
    assert len(started.json()["questions"]) == 1


async def test_starting_sixteen_times_at_once_begins_one_attempt(
    client: Client, learner: TestCaller, open_quiz: Any
) -> None:
    school = await open_quiz(time_limit_secs=60, max_attempts=1)
    path, me = f"{QUIZZES}/{school.quiz_id}", learner.headers
    answers = await asyncio.gather(*(client.post(f"{path}/start", headers=me) for _ in range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_answers_are_kept_one_by_one_and_handed_in_once(
    client: Client, session: AsyncSession, learner: TestCaller, stranger: TestCaller, open_quiz: Any
) -> None:
    school = await open_quiz(time_limit_secs=60, show_answers="AFTER_SUBMIT")
    me = learner.headers
    begun = (await client.post(f"{QUIZZES}/{school.quiz_id}/start", headers=me)).json()
    path = f"{ATTEMPTS}/{begun['id']}"
    kept = await client.put(f"{path}/answers/0", json={"answer": 1}, headers=me)
    assert (kept.json()["answers"], kept.json()["score_pct"]) == ([1], None)
    assert (
        await client.put(f"{path}/answers/1", json={"answer": 1}, headers=me)
    ).status_code == 404
    for foreign in (
        await client.get(path, headers=stranger.headers),
        await client.post(f"{path}/submit", headers=stranger.headers),
        await client.put(f"{path}/answers/0", json={"answer": 0}, headers=stranger.headers),
    ):
        assert foreign.status_code == 404
    done, again = [await client.post(f"{path}/submit", headers=me) for _ in range(2)]
    assert done.json() == again.json()
    assert (done.json()["score_pct"], done.json()["passed"]) == (100, True)
    assert done.json()["questions"][0]["correct_index"] == 1
    late = await client.put(f"{path}/answers/0", json={"answer": 0}, headers=me)
    assert (late.status_code, late.json()["code"]) == (409, "attempt-over")
    [event] = await published(session, QuizSubmitted)
    assert (event.score_pct, event.passed, str(event.attempt_id)) == (100, True, begun["id"])


async def test_late_answers_do_not_count(
    client: Client, learner: TestCaller, open_quiz: Any
) -> None:
    school = await open_quiz(time_limit_secs=60)
    path, me = f"{QUIZZES}/{school.quiz_id}", learner.headers
    begun = (await client.post(f"{path}/start", headers=me)).json()
    with time_machine.travel(now() + timedelta(seconds=61)):
        late = await client.put(
            f"{ATTEMPTS}/{begun['id']}/answers/0", json={"answer": 1}, headers=me
        )
        assert (late.status_code, late.json()["code"]) == (409, "attempt-over")
        handed = await client.post(f"{path}/attempt", json={"answers": [1]}, headers=me)
    assert (handed.json()["id"], handed.json()["score_pct"]) == (begun["id"], 0)
    assert handed.json()["submitted_at"] == begun["deadline_at"]


async def test_an_abandoned_attempt_is_submitted_at_its_deadline_once(
    client: Client, session: AsyncSession, sessions: Sessions, learner: TestCaller, open_quiz: Any
) -> None:
    school = await open_quiz(time_limit_secs=60)
    me = learner.headers
    begun = (await client.post(f"{QUIZZES}/{school.quiz_id}/start", headers=me)).json()
    await client.put(f"{ATTEMPTS}/{begun['id']}/answers/0", json={"answer": 1}, headers=me)
    async with sessions.begin() as early:
        assert await submit_abandoned(early) == 0
    with time_machine.travel(now() + timedelta(seconds=61)):
        async with sessions.begin() as first, sessions.begin() as second:
            assert (await submit_abandoned(first), await submit_abandoned(second)) == (1, 0)
    shown = (await client.get(f"{ATTEMPTS}/{begun['id']}", headers=me)).json()
    assert (shown["status"], shown["score_pct"]) == ("SUBMITTED", 100)
    assert shown["submitted_at"] == shown["deadline_at"]
    assert len(await published(session, QuizSubmitted)) == 1


async def test_attempts_run_out(client: Client, learner: TestCaller, open_quiz: Any) -> None:
    school = await open_quiz(max_attempts=2)
    path, me = f"{QUIZZES}/{school.quiz_id}", learner.headers
    tries = [
        await client.post(f"{path}/attempt", json={"answers": [0]}, headers=me) for _ in range(3)
    ]
    assert [answer.status_code for answer in tries] == [201, 201, 409]
    assert tries[-1].json()["code"] == "no-attempts-left"
    assert (await client.post(f"{path}/start", headers=me)).status_code == 409
    listed = (await client.get(f"{path}/attempts", headers=me)).json()["items"]
    assert [each["score_pct"] for each in listed] == [0, 0]
    assert (await client.get(path, headers=me)).json()["attempts_used"] == 2
    assert tries[0].json()["questions"][0]["correct_index"] is None


async def test_passing_finishes_the_lesson_and_failing_does_not(
    client: Client, session: AsyncSession, learner: TestCaller, open_quiz: Any, hear: Any
) -> None:
    school, me = await open_quiz(), learner.headers
    for answer, done in ((0, 0), (1, 1), (0, 1)):
        path = f"{QUIZZES}/{school.quiz_id}/attempt"
        await client.post(path, json={"answers": [answer]}, headers=me)
        [*_, event] = await published(session, QuizSubmitted)
        assert await hear(event) == [True]
        assert await hear(event) == [False]
        assert len(await published(session, LessonCompleted)) == done
    path = f"/api/v1/lms/courses/{school.course_id}/progress"
    [lesson] = (await client.get(path, headers=me)).json()["lessons"]
    assert (lesson["score_pct"], lesson["is_completed"]) == (100, True)


async def test_a_quiz_is_edited_under_its_etag_published_and_removed(
    client: Client, author: TestCaller, stranger: TestCaller, make_school: Any
) -> None:
    school = await make_school("QUIZ", publish=False)
    path, me = f"{QUIZZES}/{school.quiz_id}", author.headers
    shown = await client.get(path, headers=me)
    assert shown.json()["status"] == "DRAFT"
    mine = {**author.headers, "If-Match": shown.headers["etag"]}
    changed = await client.patch(path, json={"passing_score": 80}, headers=mine)
    assert (changed.status_code, changed.json()["passing_score"]) == (200, 80)
    assert (await client.patch(path, json={"title": "T"}, headers=mine)).status_code == 412
    published_quiz = await client.post(f"{path}/publish", headers=me)
    assert published_quiz.json()["status"] == "PUBLISHED"
    for foreign in (
        await client.patch(path, json={"title": "T"}, headers=stranger.headers),
        await client.post(f"{path}/publish", headers=stranger.headers),
        await client.delete(path, headers=stranger.headers),
    ):
        assert foreign.status_code == 404
    for _ in range(2):
        assert (await client.delete(path, headers=me)).status_code == 204
    assert (await client.get(path, headers=me)).status_code == 404


async def test_a_lesson_has_one_quiz_and_only_if_it_is_one(
    client: Client, author: TestCaller, make_school: Any
) -> None:
    school = await make_school("QUIZ", "TEXT")
    body = {
        "questions": [{"question_type": "TRUE_FALSE", "question": "?", "correct_index": 0}],
        "passing_score": 50,
    }
    for kind, code in (("QUIZ", "quiz-exists"), ("TEXT", "lesson-is-no-quiz")):
        path = f"/api/v1/assessment/lessons/{school.lessons[kind]}/quiz"
        refused = await client.post(path, json=body, headers=author.headers)
        assert (refused.status_code, refused.json()["code"]) == (409, code)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"question_type": "ESSAY", "question": "Why?"}, "not-yet-supported"),
        ({"question_type": "MCQ", "question": "?", "correct_index": 0}, "validation-failed"),
        (
            {
                "question_type": "MCQ",
                "question": "?",
                "options": [{"text": "a"}, {"text": "b"}],
                "correct_index": 2,
            },
            "validation-failed",
        ),
        (
            {"question_type": "NUMERIC", "question": "?", "correct_text": "many"},
            "validation-failed",
        ),
        (
            {"question_type": "NUMERIC", "question": "?", "correct_text": "inf"},
            "validation-failed",
        ),
        ({"question_type": "SHORT_ANSWER", "question": "?"}, "validation-failed"),
    ],
)
async def test_a_question_without_a_usable_key_is_refused(
    client: Client, author: TestCaller, make_school: Any, asked: dict[str, Any], code: str
) -> None:
    school = await make_school("QUIZ", publish=False)
    path = f"{QUIZZES}/{school.quiz_id}"
    refused = await client.patch(path, json={"questions": [asked]}, headers=author.headers)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_who_has_not_joined_takes_no_quiz(
    client: Client, stranger: TestCaller, open_quiz: Any
) -> None:
    school = await open_quiz()
    path = f"{QUIZZES}/{school.quiz_id}"
    for action, body in (("start", None), ("attempt", {"answers": [1]})):
        refused = await client.post(f"{path}/{action}", json=body, headers=stranger.headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "not-enrolled")


async def test_the_quiz_of_somebody_elses_draft_is_like_one_that_never_was(
    client: Client, stranger: TestCaller, make_school: Any
) -> None:
    school = await make_school("QUIZ", publish=False)
    for quiz_id in (school.quiz_id, str(uuid7())):
        path = f"{QUIZZES}/{quiz_id}"
        answers = [
            await client.get(path, headers=stranger.headers),
            await client.get(f"{path}/attempts", headers=stranger.headers),
            await client.post(f"{path}/start", headers=stranger.headers),
        ]
        assert {(one.status_code, one.json()["code"]) for one in answers} == {
            (404, "quiz-not-found")
        }
