"""Somebody is no more: what they learned, and what they taught."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from contracts.auth import UserRegistered
from contracts.course import CourseUpdated, EnrollmentCompleted
from contracts.event import Account, Event
from contracts.privacy import ErasureCompleted
from course_service.assessment.models import Attempt
from course_service.certificates.models import Certificate
from course_service.certificates.schedules import print_certificates, remove_withdrawn_prints
from course_service.copies.models import Person
from course_service.courses.models import Course
from course_service.database import Model
from course_service.player.models import LessonProgress
from course_service.settings import Settings
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging.hub import LiveHub
from servicekit.storage import new_storage
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.privacy import deletion_of, everything
from servicekit.worker import WorkerContext

CANARY = "Canarina Quill"
Hear = Callable[[Event], Awaitable[list[bool]]]
Make = Callable[..., Awaitable[Any]]


def registration_of(who: TestCaller) -> UserRegistered:
    person = Account(full_name=CANARY, email="canarina@example.com")
    return UserRegistered(version=1, user_id=who.user_id, role="student", person=person)


async def complete(
    client: httpx2.AsyncClient, school: Any, learner: TestCaller, catch_up: Make
) -> None:
    path = f"/api/v1/lms/lessons/{school.lessons['TEXT']}/progress"
    answer = await client.post(path, json={"completed": True}, headers=learner.headers)
    assert answer.status_code == 200, answer.text
    await catch_up()


async def test_a_certificate_says_that_it_was_withdrawn(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    sessions: Sessions,
    engine: AsyncEngine,
    settings: Settings,
    learner: TestCaller,
    hear: Hear,
    make_school: Make,
    enroll: Make,
    catch_up: Make,
) -> None:
    await hear(registration_of(learner))
    school = await make_school("TEXT")
    await enroll(school, learner)
    await complete(client, school, learner, catch_up)
    context = WorkerContext(settings, engine, sessions, LiveHub(settings))
    await print_certificates(context)
    [certificate] = await session.scalars(select(Certificate))
    code, key = certificate.code, str(certificate.key)
    storage = new_storage(settings)
    assert await storage.size(key) > 0
    deleted = deletion_of(learner.user_id)

    await hear(deleted)
    await hear(deleted.model_copy(update={"version": 10}))
    await remove_withdrawn_prints(context)

    assert "anarina" not in await everything(session, Model.metadata)
    check = (await client.get(f"/api/v1/certificates/verify/{code}")).json()
    assert (check["status"], check["is_valid"], check["recipient_name"]) == (
        "WITHDRAWN",
        False,
        None,
    )
    page = await client.get(f"/verify/{code}")
    assert "withdrawn" in page.text
    assert [one async for one in storage.list(key)] == []
    [withdrawn] = await session.scalars(select(Certificate))
    assert (withdrawn.user_id, withdrawn.key) == (deleted.tombstone_id, None)
    for model in (LessonProgress, Attempt, Person):
        assert list(await session.scalars(select(model))) == []
    [answer] = await published(session, ErasureCompleted)
    assert (answer.service, answer.counts["certificates"]) == ("course-service", 1)


async def test_late_news_bring_nobody_back(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    learner: TestCaller,
    hear: Hear,
    make_school: Make,
    enroll: Make,
    catch_up: Make,
) -> None:
    school = await make_school("TEXT")
    await enroll(school, learner)
    path = f"/api/v1/lms/lessons/{school.lessons['TEXT']}/progress"
    await client.post(path, json={"completed": True}, headers=learner.headers)
    await hear(deletion_of(learner.user_id))

    await hear(registration_of(learner))
    await catch_up()

    assert await session.get(Person, learner.user_id) is None
    assert await published(session, EnrollmentCompleted) == []
    assert list(await session.scalars(select(Certificate))) == []


async def test_a_course_stays_by_nobody_and_the_others_are_told(
    session: AsyncSession, author: TestCaller, hear: Hear, make_school: Make
) -> None:
    await make_school("TEXT", instructor_name=CANARY, instructor_bio=f"{CANARY}, MD")
    deleted = deletion_of(author.user_id)

    await hear(deleted)

    assert "anarina" not in await everything(session, Model.metadata)
    [course] = await session.scalars(select(Course))
    assert (course.author_id, course.status) == (deleted.tombstone_id, "PUBLISHED")
    [told] = await published(session, CourseUpdated)
    assert (told.author_id, told.person.full_name) == (deleted.tombstone_id, "deleted person")


async def test_what_an_erased_admin_did_for_others_is_still_heard(
    client: httpx2.AsyncClient,
    learner: TestCaller,
    author: TestCaller,
    hear: Hear,
    make_school: Make,
    grant: Callable[..., Any],
    revoke: Callable[..., Any],
) -> None:
    school = await make_school("TEXT", pricing_type="PAID", price="499.00")
    admin = uuid7()
    await hear(deletion_of(admin))
    granted = grant(school, learner).model_copy(update={"granted_by": admin})
    path = f"/api/v1/lms/lessons/{school.lessons['TEXT']}/progress"

    await hear(granted)
    opened = await client.post(path, json={"completed": False}, headers=learner.headers)
    await hear(revoke(granted).model_copy(update={"revoked_by": admin}))
    closed = await client.post(path, json={"completed": False}, headers=learner.headers)

    assert opened.status_code == 200, opened.text
    assert closed.status_code in {402, 403}
