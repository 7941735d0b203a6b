"""Somebody is no more: their seats, and the webinars that they hosted."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import UserRegistered
from contracts.event import Account, Event
from contracts.privacy import ErasureCompleted
from contracts.webinar import WebinarCancelled
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.plugin import MakeCaller
from servicekit.testing.privacy import deletion_of, everything
from webinar_service.copies.models import Person
from webinar_service.database import Model
from webinar_service.registrations.models import Registration, RegistrationStatus
from webinar_service.webinars.models import Webinar

CANARY = "Canarina Quill"
Hear = Callable[[Event], Awaitable[list[bool]]]
MakeWebinar = Callable[..., Awaitable[dict[str, Any]]]


def registration_of(who: TestCaller) -> UserRegistered:
    person = Account(full_name=CANARY, email="canarina@example.com")
    return UserRegistered(version=1, user_id=who.user_id, role="student", person=person)


async def test_a_seat_goes_to_who_waits(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    make_webinar: MakeWebinar,
    make_caller: MakeCaller,
    guest: TestCaller,
    hear: Hear,
) -> None:
    await hear(registration_of(guest))
    webinar = await make_webinar(capacity=1)
    waiting = make_caller()
    for who in (guest, waiting):
        await client.post(f"/api/v1/webinar/{webinar['id']}/register", headers=who.headers)
    deleted = deletion_of(guest.user_id)

    await hear(deleted)
    await hear(deleted.model_copy(update={"version": 10}))
    await hear(registration_of(guest))

    assert "anarina" not in await everything(session, Model.metadata)
    assert await session.get(Person, guest.user_id) is None
    places = {one.user_id: one.status for one in await session.scalars(select(Registration))}
    assert places == {
        deleted.tombstone_id: RegistrationStatus.CANCELLED,
        waiting.user_id: RegistrationStatus.REGISTERED,
    }
    [answer] = await published(session, ErasureCompleted)
    assert (answer.service, answer.counts["people"]) == ("webinar-service", 1)


async def test_what_a_host_had_planned_is_called_off(
    session: AsyncSession, make_webinar: MakeWebinar, host: TestCaller, hear: Hear
) -> None:
    await make_webinar(speakers=[{"name": CANARY}])
    deleted = deletion_of(host.user_id)

    await hear(deleted)

    assert "anarina" not in await everything(session, Model.metadata)
    [webinar] = await session.scalars(select(Webinar))
    assert (webinar.host_id, webinar.status) == (deleted.tombstone_id, "CANCELLED")
    [cancelled] = await published(session, WebinarCancelled)
    assert cancelled.host_id == deleted.tombstone_id
