"""The live stream shows what happens while it is open and what was missed before."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role, UserSuspended
from contracts.course import EnrollmentCreated
from notification_service.notifications.consumers import tell_people
from notification_service.notifications.models import Notification
from notification_service.notifications.stream import _follow
from servicekit.access.consumers import ACCESS_SUBSCRIPTIONS
from servicekit.access.tokens import TICKET_TYPE
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging import on
from servicekit.testing.callers import TestKeys, claims_of
from servicekit.testing.messages import receive
from servicekit.testing.plugin import MakeCaller

MakeEnrolled = Callable[[UUID], EnrollmentCreated]
TELL = on(EnrollmentCreated, tell_people)


async def frames(app: FastAPI, principal: Any, after: Any, count: int) -> list[Any]:
    waiting = app.state.nudges.join(principal.user_id)
    found = []
    async with asyncio.timeout(10):
        async for frame in _follow(app.state, principal, waiting, after):
            found.append(frame)
            if len(found) == count:
                break
    return found


async def test_a_stream_shows_what_was_missed_and_counts_it(
    app: FastAPI,
    client: AsyncClient,
    session: AsyncSession,
    make_caller: MakeCaller,
    make_enrolled: MakeEnrolled,
) -> None:
    caller = make_caller()
    await receive(session, TELL, make_enrolled(caller.user_id))
    [seen] = (await client.get("/api/v1/notifications", headers=caller.headers)).json()["items"]
    await receive(session, TELL, make_enrolled(caller.user_id))
    principal = await app.state.verifier.verify(caller.token)

    missed, counted = await frames(app, principal, UUID(seen["id"]), 2)

    assert missed.event == "notification.created"
    assert missed.data["id"] == missed.id
    assert missed.data["data"]["title"] == "You are enrolled in Reading an ECG"
    assert (counted.event, counted.data["data"]) == ("unread.counted", {"unread_count": 2})


async def test_a_notification_committed_after_a_newer_one_is_shown_too(
    app: FastAPI,
    client: AsyncClient,
    session: AsyncSession,
    make_caller: MakeCaller,
    make_enrolled: MakeEnrolled,
) -> None:
    caller = make_caller()
    principal = await app.state.verifier.verify(caller.token)
    early = Notification(
        user_id=caller.user_id, event_id=uuid7(), type="post.liked", title="t", body="", data={}
    )
    await receive(session, TELL, make_enrolled(caller.user_id))
    watching = asyncio.create_task(frames(app, principal, None, 5))
    await asyncio.sleep(0.3)
    await receive(session, TELL, make_enrolled(caller.user_id))
    app.state.nudges.wake("", {"user_id": str(caller.user_id)})
    await asyncio.sleep(0.3)

    session.add(early)
    await session.commit()
    app.state.nudges.wake("", {"user_id": str(caller.user_id)})

    created = [one for one in await watching if one.event == "notification.created"]
    assert [one.data["data"]["id"] for one in created][1:] == [str(early.id)]
    assert [one.id for one in created] == [created[0].data["id"], None]


async def test_reading_on_one_device_lowers_the_count_on_another_at_once(
    app: FastAPI,
    client: AsyncClient,
    session: AsyncSession,
    make_caller: MakeCaller,
    make_enrolled: MakeEnrolled,
) -> None:
    caller = make_caller()
    await receive(session, TELL, make_enrolled(caller.user_id))
    principal = await app.state.verifier.verify(caller.token)
    watching = asyncio.create_task(frames(app, principal, None, 2))
    await asyncio.sleep(0.5)

    await client.post("/api/v1/notifications/mark-all-read", headers=caller.headers)

    counts = [frame.data["data"]["unread_count"] for frame in await watching]
    assert counts == [1, 0]


async def test_the_end_of_the_process_ends_the_stream(
    app: FastAPI, client: AsyncClient, make_caller: MakeCaller
) -> None:
    app.state.stopping.set()

    async with client.stream(
        "GET", "/api/v1/notifications/stream", headers=make_caller().headers
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line async for line in answer.aiter_lines() if line.startswith("data:")]

    assert json.loads(lines[0].removeprefix("data:"))["type"] == "unread.counted"


async def test_a_stream_without_a_token_is_refused(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/notifications/stream")

    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthorized"


async def test_a_stream_outlives_its_ticket_and_ends_when_its_person_is_suspended(
    client: AsyncClient,
    session: AsyncSession,
    signing: TestKeys,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("notification_service.notifications.stream.LOOK_SECS", 0.05)
    user_id, present = uuid7(), time.time()
    claims = claims_of(user_id, Role.STUDENT, verified=False, sid=uuid7())
    lifetime = {"iat": present - 60, "exp": present, "until": present + 60}
    ticket = signing.sign({**claims, **lifetime}, headers={"typ": TICKET_TYPE})
    watching = asyncio.create_task(
        client.get("/api/v1/notifications/stream", params={"ticket": ticket})
    )
    await asyncio.sleep(0.3)
    assert not watching.done()

    suspended = UserSuspended(version=2, user_id=user_id, reason="Spam", not_before=now())
    [row] = [row for row in ACCESS_SUBSCRIPTIONS if row.event is UserSuspended]
    await receive(session, row, suspended)

    async with asyncio.timeout(5):
        assert (await watching).status_code == 200
    again = await client.get("/api/v1/notifications/stream", params={"ticket": ticket})
    assert (again.status_code, again.json()["code"]) == (401, "ticket-spent")
