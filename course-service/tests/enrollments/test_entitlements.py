"""Entitlements open and close paid courses, in whatever order their news arrives."""

import asyncio
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import EnrollmentCancelled, EnrollmentCreated
from contracts.payment import ItemType
from course_service.enrollments.consumers import close_refunded_course
from course_service.enrollments.models import Enrollment
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging import Permanent
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published

Client = httpx2.AsyncClient


@pytest.fixture
async def school(make_school: Any) -> Any:
    """A paid course."""
    return await make_school(pricing_type="PAID", price="499.00")


async def seats(session: AsyncSession) -> list[tuple[str, bool]]:
    rows = await session.scalars(select(Enrollment))
    return [(row.status, row.is_open) for row in rows]


async def test_an_entitlement_delivered_twice_is_one_enrollment(
    session: AsyncSession, learner: TestCaller, school: Any, hear: Any, grant: Any
) -> None:
    granted = grant(school, learner)
    assert await hear(granted) == [True]
    assert await hear(granted) == [False]
    assert await seats(session) == [("IN_PROGRESS", True)]
    [created] = await published(session, EnrollmentCreated)
    assert (created.user_id, created.how) == (learner.user_id, "ENTITLEMENT")


async def test_the_paid_door_answers_the_enrollment_that_the_entitlement_opened(
    client: Client, learner: TestCaller, school: Any, hear: Any, grant: Any
) -> None:
    await hear(grant(school, learner))
    answer = await client.post(
        f"/api/v1/lms/courses/{school.course_id}/enroll/paid",
        json={"payment_id": "pay_1"},
        headers=learner.headers,
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "IN_PROGRESS")


async def test_a_revocation_closes_the_course_once(
    client: Client,
    session: AsyncSession,
    learner: TestCaller,
    school: Any,
    hear: Any,
    grant: Any,
    revoke: Any,
) -> None:
    granted = grant(school, learner)
    revoked = revoke(granted)
    await hear(granted)
    assert await hear(revoked) == [True]
    assert await hear(revoked) == [False]
    assert await seats(session) == [("DROPPED", False)]
    [gone] = await published(session, EnrollmentCancelled)
    assert gone.cause == "ENTITLEMENT_REVOKED"
    again = await client.post(
        f"/api/v1/lms/courses/{school.course_id}/enroll", headers=learner.headers
    )
    assert again.status_code == 402


async def test_a_revocation_that_overtakes_its_grant_leaves_the_course_closed(
    session: AsyncSession, learner: TestCaller, school: Any, hear: Any, grant: Any, revoke: Any
) -> None:
    granted = grant(school, learner)
    await hear(revoke(granted))
    await hear(granted)
    assert await seats(session) == []
    assert await published(session, EnrollmentCreated) == []


async def test_another_entitlement_keeps_the_course_open_and_a_new_one_opens_it_again(
    session: AsyncSession, learner: TestCaller, school: Any, hear: Any, grant: Any, revoke: Any
) -> None:
    first, second, third = (grant(school, learner) for _ in range(3))
    for event in (first, second, revoke(first)):
        await hear(event)
    assert await seats(session) == [("IN_PROGRESS", True)]
    await hear(revoke(second))
    assert await seats(session) == [("DROPPED", False)]
    await hear(third)
    assert await seats(session) == [("IN_PROGRESS", True)]
    assert len(await published(session, EnrollmentCreated)) == 1


async def test_entitlements_to_other_things_are_not_ours(
    session: AsyncSession, learner: TestCaller, school: Any, hear: Any, grant: Any, revoke: Any
) -> None:
    webinar = grant(school, learner).model_copy(update={"item_type": ItemType.WEBINAR})
    assert await hear(webinar) == [True]
    assert await hear(revoke(webinar)) == [True]
    assert await seats(session) == []


async def test_an_entitlement_to_a_course_that_never_was_goes_to_the_desk(
    learner: TestCaller, school: Any, hear: Any, grant: Any
) -> None:
    with pytest.raises(Permanent):
        await hear(grant(school, learner).model_copy(update={"item_id": uuid7()}))


async def test_a_refund_does_not_touch_who_came_in_for_free(
    client: Client,
    session: AsyncSession,
    learner: TestCaller,
    make_school: Any,
    enroll: Any,
    hear: Any,
    grant: Any,
    revoke: Any,
) -> None:
    free = await make_school()
    await enroll(free, learner)
    granted = grant(free, learner)
    await hear(granted)
    await hear(revoke(granted))
    assert await seats(session) == [("IN_PROGRESS", True)]


async def test_nobody_slips_in_beside_a_revocation_that_is_under_way(
    client: Client,
    session: AsyncSession,
    sessions: Sessions,
    learner: TestCaller,
    school: Any,
    hear: Any,
    grant: Any,
    revoke: Any,
) -> None:
    granted = grant(school, learner)
    await hear(granted)
    [created] = await published(session, EnrollmentCreated)
    own = f"/api/v1/lms/enrollments/{created.enrollment_id}"
    await client.delete(own, headers=learner.headers)

    path = f"/api/v1/lms/courses/{school.course_id}/enroll"
    async with sessions.begin() as revoking:
        await close_refunded_course(revoking, revoke(granted).stamped(uuid7(), now()))
        entering = asyncio.create_task(client.post(path, headers=learner.headers))
        await asyncio.sleep(0.3)
    assert (await entering).status_code == 402
    assert await seats(session) == [("DROPPED", False)]
