"""Whoever has nothing left to do has completed the course, whichever way that came about."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import EnrollmentCompleted, LessonCompleted, QuizSubmitted
from course_service.enrollments import schedules
from course_service.enrollments.models import Recount
from course_service.player.models import LessonProgress, Remeasurement
from course_service.player.schedules import remeasure_changed_lessons
from course_service.settings import Settings
from servicekit.database import Sessions
from servicekit.messaging.hub import LiveHub
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.plugin import MakeCaller
from servicekit.worker import WorkerContext

LMS = "/api/v1/lms"
Client = httpx2.AsyncClient
Context = WorkerContext[Any]
WATCHED_A_MINUTE_AGO = update(LessonProgress).values(
    beat_at=LessonProgress.beat_at - timedelta(minutes=1)
)


@pytest.fixture
def context(settings: Settings, sessions: Sessions, engine: Any) -> Context:
    """What the worker gives to its schedules."""
    return WorkerContext(settings, engine, sessions, LiveHub(settings))


@pytest.fixture
def standing(client: Client) -> Callable[..., Awaitable[tuple[str, int]]]:
    """`standing(seat, learner)`: status and progress as the learner sees them."""

    async def look(seat: dict[str, Any], who: TestCaller) -> tuple[str, int]:
        shown = await client.get(f"{LMS}/enrollments/{seat['id']}", headers=who.headers)
        return shown.json()["status"], shown.json()["progress_pct"]

    return look


@pytest.fixture
def read_text(client: Client) -> Callable[..., Awaitable[None]]:
    """`read_text(school, learner)`: finish the text of the course."""

    async def read(school: Any, who: TestCaller) -> None:
        path = f"{LMS}/lessons/{school.lessons['TEXT']}/progress"
        done = await client.post(path, json={"completed": True}, headers=who.headers)
        assert done.status_code == 200, done.text

    return read


@pytest.mark.parametrize("removed", ["lesson", "module"])
async def test_removing_the_last_open_lesson_completes_the_course_once(
    client: Client,
    session: AsyncSession,
    context: Context,
    author: TestCaller,
    learner: TestCaller,
    make_school: Any,
    enroll: Any,
    read_text: Any,
    standing: Any,
    catch_up: Any,
    removed: str,
) -> None:
    school, me = await make_school("TEXT"), author.headers
    modules = f"{LMS}/courses/{school.course_id}/modules"
    module = (await client.post(modules, json={"title": "B", "sort_order": 1}, headers=me)).json()
    body = {"title": "More", "lesson_type": "TEXT", "content_body": "More.", "sort_order": 0}
    path = f"{LMS}/modules/{module['id']}"
    lesson = (await client.post(f"{path}/lessons", json=body, headers=me)).json()
    seat = await enroll(school, learner)
    await read_text(school, learner)
    await catch_up()
    assert await standing(seat, learner) == ("IN_PROGRESS", 50)

    gone = {"lesson": f"{LMS}/lessons/{lesson['id']}", "module": path}[removed]
    for _ in range(2):
        assert (await client.delete(gone, headers=me)).status_code == 204
        await schedules.recount_changed_courses(context)

    assert await standing(seat, learner) == ("COMPLETED", 100)
    [completed] = await published(session, EnrollmentCompleted)
    assert str(completed.enrollment_id) == seat["id"]
    assert (await session.scalars(select(Recount))).all() == []


async def test_many_learners_are_counted_in_batches_by_two_workers_each_once(
    client: Client,
    session: AsyncSession,
    context: Context,
    author: TestCaller,
    make_caller: MakeCaller,
    make_school: Any,
    enroll: Any,
    read_text: Any,
    catch_up: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedules, "BATCH", 2)
    school, learners = await make_school("TEXT", "PDF"), [make_caller() for _ in range(7)]
    seats = [await enroll(school, each) for each in learners]
    for each in learners[:-1]:
        await read_text(school, each)
    await catch_up()
    path = f"{LMS}/lessons/{school.lessons['PDF']}"
    assert (await client.delete(path, headers=author.headers)).status_code == 204

    both = [schedules.recount_changed_courses(context) for _ in range(2)]
    await asyncio.gather(*both)
    await schedules.recount_changed_courses(context)

    completed = [str(one.enrollment_id) for one in await published(session, EnrollmentCompleted)]
    assert sorted(completed) == sorted(seat["id"] for seat in seats[:-1])
    assert (await session.scalars(select(Recount))).all() == []


async def test_who_left_before_the_last_lesson_was_heard_of_completes_on_return(
    client: Client,
    session: AsyncSession,
    learner: TestCaller,
    make_school: Any,
    enroll: Any,
    standing: Any,
    catch_up: Any,
) -> None:
    school, me = await make_school("QUIZ"), learner.headers
    seat = await enroll(school, learner)
    quiz = f"/api/v1/assessment/quizzes/{school.quiz_id}/attempt"
    passed = await client.post(quiz, json={"answers": [1]}, headers=me)
    assert passed.json()["passed"] is True
    await client.delete(f"{LMS}/enrollments/{seat['id']}", headers=me)
    await catch_up(QuizSubmitted, LessonCompleted)
    assert await standing(seat, learner) == ("DROPPED", 100)
    assert await published(session, EnrollmentCompleted) == []

    back = await enroll(school, learner)
    assert (back["status"], back["score_pct"]) == ("COMPLETED", 100)
    assert len(await published(session, EnrollmentCompleted)) == 1


async def test_who_left_while_a_lesson_was_open_completes_on_return_if_it_is_gone(
    client: Client,
    context: Context,
    author: TestCaller,
    learner: TestCaller,
    make_school: Any,
    enroll: Any,
    read_text: Any,
    catch_up: Any,
) -> None:
    school = await make_school("TEXT", "PDF")
    seat = await enroll(school, learner)
    await read_text(school, learner)
    await catch_up()
    await client.delete(f"{LMS}/enrollments/{seat['id']}", headers=learner.headers)
    path = f"{LMS}/lessons/{school.lessons['PDF']}"
    assert (await client.delete(path, headers=author.headers)).status_code == 204
    await schedules.recount_changed_courses(context)

    assert (await enroll(school, learner))["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("kind", "shorter"), [("PDF", {"slide_count": 6}), ("VIDEO", {"duration_mins": 1})]
)
async def test_a_lesson_that_became_shorter_is_finished_by_who_has_seen_it_all(
    client: Client,
    session: AsyncSession,
    context: Context,
    author: TestCaller,
    learner: TestCaller,
    make_school: Any,
    enroll: Any,
    standing: Any,
    catch_up: Any,
    lesson_bodies: Any,
    kind: str,
    shorter: dict[str, int],
) -> None:
    lesson_bodies["VIDEO"]["duration_mins"] = 2
    school, me = await make_school(kind), learner.headers
    seat, lesson = await enroll(school, learner), school.lessons[kind]
    player = f"/api/v1/player/lessons/{lesson}/heartbeat"
    if kind == "PDF":
        seen = {"current_page": 6, "pages_viewed": [1, 2, 3, 4, 5]}
        assert (await client.post(f"{player}/document", json=seen, headers=me)).is_success
    else:
        await client.get(f"/api/v1/player/lessons/{lesson}/content", headers=me)
        await session.execute(WATCHED_A_MINUTE_AGO)
        await session.commit()
        beat = {"position_secs": 60, "watched_intervals": [[0, 60]]}
        assert (await client.post(player, json=beat, headers=me)).is_success
    assert await published(session, LessonCompleted) == []

    path = f"{LMS}/lessons/{lesson}"
    assert (await client.patch(path, json=shorter, headers=author.headers)).status_code == 200
    for _ in range(2):
        await remeasure_changed_lessons(context)
    await catch_up(LessonCompleted)

    assert await standing(seat, learner) == ("COMPLETED", 100)
    assert len(await published(session, EnrollmentCompleted)) == 1
    assert (await session.scalars(select(Remeasurement))).all() == []
