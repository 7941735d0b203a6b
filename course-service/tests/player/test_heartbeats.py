"""What learners watch and read is measured, and no more than is possible is believed."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import time_machine
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import LessonCompleted
from servicekit.clock import now
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published

Client = httpx2.AsyncClient
Beat = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def school(make_school: Any, enroll: Any, learner: TestCaller) -> Any:
    """A course with a minute of video and ten pages, which the learner has joined."""
    school = await make_school("VIDEO", "PDF", "TEXT", "QUIZ")
    await enroll(school, learner)
    return school


@pytest.fixture
def beat(client: Client, learner: TestCaller, school: Any) -> Beat:
    """`beat([[0, 10]], after=12)`: one heartbeat, so many seconds after the one before."""
    clock = {"at": now()}

    async def send(intervals: list[Any], *, after: float = 0, rate: float = 1.0) -> dict[str, Any]:
        clock["at"] += timedelta(seconds=after)
        body = {"position_secs": 7, "watched_intervals": intervals, "playback_rate": rate}
        path = f"/api/v1/player/lessons/{school.lessons['VIDEO']}/heartbeat"
        with time_machine.travel(clock["at"], tick=True):
            answer = await client.post(path, json=body, headers=learner.headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    return send


async def test_intervals_are_united_and_a_repeated_beat_changes_nothing(beat: Beat) -> None:
    await beat([])
    first = await beat([[0, 10], [5, 12.2]], after=15)
    again = await beat([[0, 10], [5, 12.2]])
    assert first == again
    assert (first["total_watched_secs"], first["watched_pct"]) == (12, 20)
    more = await beat([[8, 20]], after=8)
    assert (more["total_watched_secs"], more["position_secs"]) == (20, 7)


async def test_more_than_real_time_is_not_believed(beat: Beat) -> None:
    claimed = await beat([[0, 60]])
    assert claimed["total_watched_secs"] <= 7
    assert claimed["is_completed"] is False
    believed = claimed["total_watched_secs"]
    next_one = await beat([[0, 60]], after=10)
    assert next_one["total_watched_secs"] <= believed + 12


async def test_a_faster_playback_covers_more_in_the_same_time(beat: Beat) -> None:
    await beat([])
    told = await beat([[0, 20]], after=10, rate=2.0)
    assert told["total_watched_secs"] == 20


async def test_ninety_percent_finish_a_video_once(beat: Beat, session: AsyncSession) -> None:
    await beat([])
    assert (await beat([[0, 53]], after=60))["is_completed"] is False
    assert (await beat([[53, 54]], after=5))["is_completed"] is True
    assert (await beat([[54, 60]], after=10))["watched_pct"] == 100
    [done] = await published(session, LessonCompleted)
    assert (done.lesson_title, done.version) == ("The leads", 1)


async def test_the_content_starts_the_clock(
    client: Client, beat: Beat, school: Any, learner: TestCaller
) -> None:
    path = f"/api/v1/player/lessons/{school.lessons['VIDEO']}/content"
    shown = await client.get(path, headers=learner.headers)
    assert shown.json()["resume"]["position_secs"] == 0
    assert (await beat([[0, 60]]))["total_watched_secs"] <= 2
    shown = await client.get(path, headers=learner.headers)
    assert shown.json()["resume"]["position_secs"] == 7


@pytest.mark.parametrize(
    "wrong",
    [
        {"position_secs": -1},
        {"playback_rate": 99},
        {"watched_intervals": [[0]]},
        {"watched_intervals": "all"},
        {"position_secs": 1e400},
    ],
)
async def test_a_wrong_beat_is_refused(
    client: Client, school: Any, learner: TestCaller, wrong: dict[str, Any]
) -> None:
    body = {"position_secs": 0, "watched_intervals": [], **wrong}
    path = f"/api/v1/player/lessons/{school.lessons['VIDEO']}/heartbeat"
    content = json.dumps(body)
    headers = {**learner.headers, "Content-Type": "application/json"}
    refused = await client.post(path, content=content, headers=headers)
    assert refused.status_code in {400, 422}


async def test_nine_pages_of_ten_finish_a_document(
    client: Client, session: AsyncSession, school: Any, learner: TestCaller
) -> None:
    path = f"/api/v1/player/lessons/{school.lessons['PDF']}/heartbeat/document"
    body = {"current_page": 3, "pages_viewed": [1, 2]}
    first = await client.post(path, json=body, headers=learner.headers)
    assert (first.json()["pages_viewed"], first.json()["viewed_pct"]) == ([1, 2, 3], 30)
    body = {"current_page": 9, "pages_viewed": [4, 5, 6, 7, 8, 99]}
    last = await client.post(path, json=body, headers=learner.headers)
    assert (last.json()["viewed_pct"], last.json()["is_completed"]) == (90, True)
    assert last.json()["page_count"] == 10
    assert len(await published(session, LessonCompleted)) == 1


async def test_only_a_text_is_finished_by_saying_so(
    client: Client, session: AsyncSession, school: Any, learner: TestCaller
) -> None:
    for kind, done in (("VIDEO", False), ("PDF", False), ("QUIZ", False), ("TEXT", True)):
        path = f"/api/v1/lms/lessons/{school.lessons[kind]}/progress"
        body = {"completed": True, "watch_duration_secs": 9_999}
        for _ in range(2):
            told = await client.post(path, json=body, headers=learner.headers)
            assert (told.status_code, told.json()["is_completed"]) == (200, done)
    text = f"/api/v1/lms/lessons/{school.lessons['TEXT']}/progress"
    taken_back = await client.post(text, json={"completed": False}, headers=learner.headers)
    assert taken_back.json()["is_completed"] is True
    assert len(await published(session, LessonCompleted)) == 1


async def test_a_lesson_is_measured_its_own_way_and_for_learners_alone(
    client: Client, school: Any, learner: TestCaller, stranger: TestCaller
) -> None:
    body = {"current_page": 1, "pages_viewed": []}
    video = f"/api/v1/player/lessons/{school.lessons['VIDEO']}/heartbeat"
    wrong = await client.post(f"{video}/document", json=body, headers=learner.headers)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "lesson-otherwise-measured")
    beat = {"position_secs": 0, "watched_intervals": []}
    for headers, status in ((stranger.headers, 403), ({}, 401)):
        assert (await client.post(video, json=beat, headers=headers)).status_code == status


async def test_the_course_is_as_far_as_its_lessons(
    client: Client, beat: Beat, school: Any, learner: TestCaller, stranger: TestCaller
) -> None:
    await beat([])
    await beat([[0, 30]], after=40)
    text = f"/api/v1/lms/lessons/{school.lessons['TEXT']}/progress"
    await client.post(text, json={"completed": True}, headers=learner.headers)
    plain = f"/api/v1/lms/courses/{school.course_id}/progress"
    detail = f"/api/v1/player/courses/{school.course_id}/progress/detail"
    told = (await client.get(plain, headers=learner.headers)).json()
    assert (told["completed_lessons"], told["total_lessons"], told["progress_pct"]) == (1, 4, 25)
    weighted = (await client.get(detail, headers=learner.headers)).json()
    assert [lesson["progress_pct"] for lesson in weighted["lessons"]] == [50, 0, 100, 0]
    assert weighted["weighted_pct"] == 37.5
    for path in (plain, detail):
        assert (await client.get(path, headers=stranger.headers)).status_code == 403


async def test_slack_is_believed_once_and_not_with_every_beat(beat: Beat) -> None:
    await beat([[0, 60]])
    told = [await beat([[0, 60]], rate=4) for _ in range(20)]
    assert told[-1]["total_watched_secs"] <= 12


async def test_a_draft_of_somebody_else_is_unknown_to_the_player(
    client: Client, make_school: Any, stranger: TestCaller
) -> None:
    draft = await make_school("VIDEO", "TEXT", publish=False)
    video, text = draft.lessons["VIDEO"], draft.lessons["TEXT"]
    beat = {"position_secs": 0, "watched_intervals": []}
    pages = {"current_page": 1, "pages_viewed": []}
    for path, body in (
        (f"/player/lessons/{video}/heartbeat", beat),
        (f"/player/lessons/{video}/heartbeat/document", pages),
        (f"/lms/lessons/{text}/progress", {"completed": True}),
    ):
        answer = await client.post(f"/api/v1{path}", json=body, headers=stranger.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "lesson-not-found")
    for path in (
        f"/lms/courses/{draft.course_id}/progress",
        f"/player/courses/{draft.course_id}/progress/detail",
    ):
        answer = await client.get(f"/api/v1{path}", headers=stranger.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "course-not-found")
