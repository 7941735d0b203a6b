"""What the tests of course-service share: a school built through its own doors."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.auth import UserRegistered
from contracts.course import EnrollmentCompleted, LessonCompleted, QuizSubmitted
from contracts.event import Account, Event
from contracts.media import HlsVariant, MediaKind, MediaProcessed, Purpose
from contracts.payment import EntitlementGranted, EntitlementRevoked, ItemType
from course_service.app import create_app
from course_service.settings import Settings
from course_service.subscriptions import SUBSCRIPTIONS
from servicekit.ids import uuid7
from servicekit.messaging import Subscription
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import envelope, published, receive
from servicekit.testing.plugin import MakeCaller, MakeSettings

DEADLY = {
    "question_type": "MCQ",
    "question": "Which rhythm is shockable?",
    "options": [{"text": "Asystole"}, {"text": "Ventricular fibrillation"}],
    "correct_index": 1,
    "explanation": "A shock ends chaos, not silence.",
}


@dataclass
class School:
    """A course that was published, with the ids of its lessons by type."""

    author: TestCaller
    course_id: str
    lessons: dict[str, str] = field(default_factory=dict)
    quiz_id: str = ""


Hear = Callable[[Event], Awaitable[list[bool]]]
MakeSchool = Callable[..., Awaitable[School]]


@pytest.fixture
def service_package() -> str:
    """Whose migrations make the database."""
    return "course_service"


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    """This test's settings."""
    made: Settings = make_settings(Settings)
    return made


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """The application under test."""
    return create_app(settings)


@pytest.fixture
def author(make_caller: MakeCaller) -> TestCaller:
    """Somebody who teaches."""
    return make_caller(Role.INSTRUCTOR)


@pytest.fixture
def learner(make_caller: MakeCaller) -> TestCaller:
    """Somebody who learns."""
    return make_caller()


@pytest.fixture
def stranger(make_caller: MakeCaller) -> TestCaller:
    """Another instructor, whose courses these are not."""
    return make_caller(Role.INSTRUCTOR)


@pytest.fixture
def hear(session: AsyncSession) -> Hear:
    """Deliver a message to every handler that subscribes its type; which of them took it as new."""

    async def deliver(event: Event) -> list[bool]:
        message = envelope(event)
        return [await receive(session, row, message) for row in rows_for(type(event))]

    return deliver


def rows_for(event: type[Event]) -> list[Subscription]:
    """The rows of the table that hear `event`."""
    return [row for row in SUBSCRIPTIONS if row.event is event]


@pytest.fixture
def catch_up(session: AsyncSession, hear: Hear) -> Callable[..., Awaitable[None]]:
    """Hear this service's own events, as its worker does; of the kinds named, or of all."""
    heard: set[UUID] = set()

    async def catch_up(*kinds: type[Event]) -> None:
        for kind in kinds or (QuizSubmitted, LessonCompleted, EnrollmentCompleted):
            for event in await published(session, kind):
                if event.event_id not in heard:
                    heard.add(event.event_id)
                    await hear(event)

    return catch_up


@pytest.fixture
def course_body() -> dict[str, Any]:
    """What an instructor sends to begin a course."""
    return {
        "title": "Reading an ECG",
        "description": "From the baseline to the diagnosis.",
        "instructor_name": "Dr. Asha Rao",
        "category": "Cardiology",
        "specialty_tags": ["Cardiology"],
        "pricing_type": "FREE",
    }


@pytest.fixture
def lesson_bodies() -> dict[str, dict[str, Any]]:
    """One lesson of each kind; files are filled in by whoever uploads them."""
    return {
        "VIDEO": {"title": "The leads", "content_url": "https://x.test/v.mp4", "duration_mins": 1},
        "PDF": {"title": "The atlas", "content_url": "https://x.test/a.pdf", "slide_count": 10},
        "TEXT": {"title": "The story", "content_body": "Listen first."},
        "QUIZ": {"title": "The test"},
    }


@pytest.fixture
def make_school(
    client: httpx2.AsyncClient,
    author: TestCaller,
    course_body: dict[str, Any],
    lesson_bodies: dict[str, dict[str, Any]],
) -> MakeSchool:
    """`make_school("TEXT", quiz={…}, publish=False, **fields)`: a course of the author's."""

    async def post(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = await client.post(f"/api/v1{path}", json=body, headers=author.headers)
        assert answer.status_code in {200, 201}, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def make(
        *kinds: str, quiz: dict[str, Any] | None = None, publish: bool = True, **fields: Any
    ) -> School:
        course = await post("/lms/courses", {**course_body, **fields})
        school = School(author, course["id"])
        module = await post(
            f"/lms/courses/{school.course_id}/modules", {"title": "One", "sort_order": 0}
        )
        for order, kind in enumerate(kinds or ("TEXT",)):
            body = {**lesson_bodies[kind], "lesson_type": kind, "sort_order": order}
            lesson = await post(f"/lms/modules/{module['id']}/lessons", body)
            school.lessons[kind] = lesson["id"]
            if kind == "QUIZ":
                asked = {"questions": [DEADLY], "passing_score": 50, **(quiz or {})}
                made = await post(f"/assessment/lessons/{lesson['id']}/quiz", asked)
                school.quiz_id = made["id"]
        if publish:
            await post(f"/lms/courses/{school.course_id}/publish")
        return school

    return make


@pytest.fixture
def enroll(client: httpx2.AsyncClient) -> Callable[..., Awaitable[dict[str, Any]]]:
    """`enroll(school, learner)`: join a free course."""

    async def join(school: School, who: TestCaller) -> dict[str, Any]:
        path = f"/api/v1/lms/courses/{school.course_id}/enroll"
        answer = await client.post(path, headers=who.headers)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return join


@pytest.fixture
def grant() -> Callable[..., EntitlementGranted]:
    """`grant(school, learner)`: what payment-service says when money has arrived."""

    def make(school: School, who: TestCaller, *, entitlement_id: UUID | None = None) -> Any:
        return EntitlementGranted(
            version=1,
            entitlement_id=entitlement_id or uuid7(),
            user_id=who.user_id,
            item_type=ItemType.COURSE,
            item_id=UUID(school.course_id),
            reason="PAYMENT",
        )

    return make


@pytest.fixture
def revoke() -> Callable[[EntitlementGranted], EntitlementRevoked]:
    """`revoke(granted)`: what payment-service says after a refund."""

    def make(granted: EntitlementGranted) -> EntitlementRevoked:
        return EntitlementRevoked(
            version=granted.version + 1,
            entitlement_id=granted.entitlement_id,
            user_id=granted.user_id,
            item_type=granted.item_type,
            item_id=granted.item_id,
            reason="REFUND",
        )

    return make


@pytest.fixture
def registration() -> Callable[..., UserRegistered]:
    """`registration(learner, "Ravi Iyer")`: what auth-service says of a new account."""

    def make(who: TestCaller, name: str | None, *, version: int = 1) -> UserRegistered:
        return UserRegistered(
            version=version,
            user_id=who.user_id,
            role=who.role,
            person=Account(full_name=name, email="someone@x.test"),
        )

    return make


@pytest.fixture
def processed() -> Callable[..., MediaProcessed]:
    """`processed(owner, duration_secs=10)`: what media-worker says of a finished video."""

    def make(owner: TestCaller, **facts: Any) -> MediaProcessed:
        asset_id = facts.pop("asset_id", None) or uuid7()
        return MediaProcessed(
            **{
                "version": 2,
                "media_job_id": uuid7(),
                "asset_id": asset_id,
                "owner_id": owner.user_id,
                "purpose": Purpose.LESSON,
                "kind": MediaKind.VIDEO,
                "key": f"private/{asset_id}/original.mp4",
                "content_type": "video/mp4",
                "size_bytes": 1_000,
                "sha256": "0" * 64,
                "filename": "leads.mp4",
                "duration_secs": 10.0,
                "hls": [
                    HlsVariant(
                        name="240p",
                        prefix=f"private/{asset_id}/hls/240p/",
                        bandwidth=400_000,
                        codecs="avc1.42c01e,mp4a.40.2",
                        width=426,
                        height=240,
                        init="init.mp4",
                        segments=[("0.m4s", 6.0), ("1.m4s", 4.0)],
                    )
                ],
                **facts,
            }
        )

    return make
