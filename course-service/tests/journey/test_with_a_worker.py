"""The same journey by itself: real broker, relay, queues and schedules."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from course_service.settings import Settings
from course_service.subscriptions import SUBSCRIPTIONS
from course_service.worker import SCHEDULES
from servicekit.database import new_engine
from servicekit.ids import uuid7
from servicekit.testing.broker import Vhost, new_vhost
from servicekit.testing.callers import TestCaller
from servicekit.testing.plugin import MakeSettings
from servicekit.testing.servers import Servers
from servicekit.testing.waiting import eventually
from servicekit.worker import Worker


@pytest.fixture
def vhost(servers: Servers) -> Iterator[Vhost]:
    """A broker of this test's own."""
    with new_vhost(servers.management, servers.broker, f"course-{uuid7().hex}") as vhost:
        yield vhost


@pytest.fixture
def settings(make_settings: MakeSettings, vhost: Vhost) -> Settings:
    """This test's settings, on its own broker."""
    made: Settings = make_settings(Settings, broker_url=vhost.url)
    return made


@pytest.fixture
async def worker(settings: Settings) -> AsyncIterator[Worker]:
    """course-service's worker, at work."""
    engine = new_engine(settings)
    worker = Worker(settings, engine, SUBSCRIPTIONS)
    running = asyncio.create_task(worker.run(SCHEDULES))
    yield worker
    worker.stop.set()
    await running
    await engine.dispose()


async def test_a_passed_quiz_becomes_a_certificate_by_itself(
    client: httpx2.AsyncClient,
    worker: Worker,
    vhost: Vhost,
    learner: TestCaller,
    make_school: Any,
    enroll: Any,
    hear: Any,
    registration: Any,
) -> None:
    me = learner.headers
    await hear(registration(learner, "Ravi Iyer"))
    school = await make_school("QUIZ")
    await enroll(school, learner)
    handed = await client.post(
        f"/api/v1/assessment/quizzes/{school.quiz_id}/attempt", json={"answers": [1]}, headers=me
    )
    assert handed.json()["passed"] is True

    async def issued() -> list[dict[str, Any]]:
        page = await client.get("/api/v1/certificates/me", headers=me)
        return [each for each in page.json()["items"] if each["status"] == "ISSUED"]

    [certificate] = await eventually(issued)
    path = f"/api/v1/certificates/{certificate['id']}/download"
    assert (await client.get(path, headers=me)).content.startswith(b"%PDF-")
    queues = {name for name in vhost.queues() if name.startswith("course-service.")}
    assert "course-service.certificates.issue_certificate" in queues


async def test_a_course_completes_by_itself_when_its_last_open_lesson_is_removed(
    client: httpx2.AsyncClient, worker: Worker, learner: TestCaller, make_school: Any, enroll: Any
) -> None:
    school, me = await make_school("TEXT", "PDF"), learner.headers
    seat = f"/api/v1/lms/enrollments/{(await enroll(school, learner))['id']}"
    text = f"/api/v1/lms/lessons/{school.lessons['TEXT']}/progress"
    await client.post(text, json={"completed": True}, headers=me)

    async def stands_at(status: str, progress_pct: int) -> bool:
        shown = (await client.get(seat, headers=me)).json()
        return (shown["status"], shown["progress_pct"]) == (status, progress_pct)

    await eventually(lambda: stands_at("IN_PROGRESS", 50))
    path = f"/api/v1/lms/lessons/{school.lessons['PDF']}"
    assert (await client.delete(path, headers=school.author.headers)).status_code == 204

    await eventually(lambda: stands_at("COMPLETED", 100))
