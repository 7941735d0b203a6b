"""Somebody is no more: what they were told, what others were told of them, what was archived."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import UserDeleted
from contracts.auth import (
    OtpRequested,
    UserContactChanged,
    UserFollowed,
    UserRegistered,
    UserReportReviewed,
)
from contracts.content import CommentCreated
from contracts.event import Account, Event, Person
from contracts.payment import PaymentCaptured
from contracts.privacy import ErasureCompleted
from notification_service.archive.consumers import archive_events
from notification_service.archive.models import ArchivedEvent
from notification_service.database import Model
from notification_service.dead_letters.models import DeadLetter
from notification_service.deliveries.consumers import send_letter
from notification_service.devices.models import Device, DeviceType
from notification_service.notifications.consumers import tell_people
from notification_service.notifications.models import Notification
from notification_service.people.consumers import copy_person
from notification_service.privacy import register
from notification_service.privacy.consumers import erase_person
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging import on, on_batch
from servicekit.testing.messages import envelope, published, receive
from servicekit.testing.privacy import deletion_of, everything

CANARY = "Canarina Quill"
ERASE = on(UserDeleted, erase_person, batch=1)


@pytest.fixture
def leaver() -> UserRegistered:
    person = Account(full_name=CANARY, email="canarina@example.com")
    return UserRegistered(version=1, user_id=uuid7(), role="student", person=person)


@pytest.fixture
def deleted(leaver: UserRegistered) -> UserDeleted:
    return deletion_of(leaver.user_id)


def follow_by(leaver: UserRegistered) -> UserFollowed:
    return UserFollowed(
        version=1,
        follow_id=uuid7(),
        follower_id=leaver.user_id,
        followee_id=uuid7(),
        person=Person(full_name=CANARY, headline=f"{CANARY} follows"),
    )


async def hear(session: AsyncSession, event: Event) -> None:
    """An event reaches every handler of this service that could write something down."""
    await receive(session, on_batch(type(event), archive_events), event)
    if isinstance(event, UserRegistered | UserContactChanged):
        await receive(session, on(type(event), copy_person, order="latest"), event)
    if isinstance(event, UserRegistered | UserFollowed | CommentCreated | UserReportReviewed):
        await receive(session, on(type(event), tell_people), event)


async def test_nothing_that_was_said_of_a_person_is_left(
    session: AsyncSession, leaver: UserRegistered, deleted: UserDeleted
) -> None:
    await hear(session, leaver)
    followed = follow_by(leaver)
    await hear(session, followed)
    code = OtpRequested(
        version=1,
        channel="EMAIL",
        sealed="sealed",
        expires_at=now() + timedelta(minutes=5),
        person=Account(email="canarina@example.com"),
    )
    await receive(session, on(OtpRequested, send_letter), code)
    session.add(Device(user_id=leaver.user_id, token="token", device_type=DeviceType.WEB))
    lost = envelope(follow_by(leaver))
    session.add(DeadLetter(cause="boom", body=lost.body, headers={}, event_type="user.followed"))
    await session.execute(
        text(
            "INSERT INTO deferred (handler, event_id, aggregate, body, headers, attempt, due)"
            " VALUES ('h', :id, 'a', :body, CAST(:headers AS jsonb), 1, now())"
        ),
        {"id": uuid7(), "body": lost.body, "headers": '{"cloudEvents:type": "user.followed"}'},
    )
    await session.commit()
    assert "anarina" in await everything(session, Model.metadata)

    assert await receive(session, ERASE, deleted)

    left = await everything(session, Model.metadata)
    assert "anarina" not in left
    assert list(await session.scalars(select(Notification))) == []
    archived = {one.type: one for one in await session.scalars(select(ArchivedEvent))}
    assert archived["user.followed"].payload["follower_id"] == str(deleted.tombstone_id)
    assert archived["user.followed"].payload["followee_id"] == str(followed.followee_id)
    assert archived["user.registered"].subject == f"user/{deleted.tombstone_id}"
    [answer] = await published(session, ErasureCompleted)
    assert (answer.service, answer.erasure_id) == ("notification-service", deleted.tombstone_id)
    assert answer.counts["archived_events"] == 2


async def test_the_wish_twice_is_answered_once(
    session: AsyncSession, leaver: UserRegistered, deleted: UserDeleted
) -> None:
    again = deleted.model_copy(update={"version": 10})
    assert await receive(session, ERASE, deleted)
    assert await receive(session, ERASE, again)

    assert len(await published(session, ErasureCompleted)) == 1


async def test_late_news_bring_nobody_back(
    session: AsyncSession, leaver: UserRegistered, deleted: UserDeleted
) -> None:
    await receive(session, ERASE, deleted)

    await hear(session, leaver)
    await hear(session, follow_by(leaver))

    assert "anarina" not in await everything(session, Model.metadata)
    assert list(await session.scalars(select(Notification))) == []
    assert len(list(await session.scalars(select(ArchivedEvent)))) == 2


async def test_what_was_paid_stays_countable(
    session: AsyncSession, leaver: UserRegistered, deleted: UserDeleted
) -> None:
    paid = PaymentCaptured(
        version=1,
        order_id=uuid7(),
        user_id=leaver.user_id,
        item_type="COURSE",
        item_id=uuid7(),
        item_title="Reading an ECG",
        amount_minor=49900,
        currency="INR",
        receipt_number="R-1",
        captured_at=now(),
    )
    await hear(session, paid)
    await receive(session, ERASE, deleted)

    [archived] = await session.scalars(select(ArchivedEvent))
    payload = archived.payload
    assert (payload["amount_minor"], payload["currency"]) == (49900, "INR")
    assert (payload["user_id"], payload["receipt_number"]) == (str(deleted.tombstone_id), "R-1")


async def test_people_keep_what_an_erased_admin_told_them(
    session: AsyncSession, leaver: UserRegistered, deleted: UserDeleted
) -> None:
    reviewed = UserReportReviewed(
        version=2,
        user_report_id=uuid7(),
        reporter_id=uuid7(),
        reported_id=uuid7(),
        reviewer_id=leaver.user_id,
        status="RESOLVED",
    )
    await hear(session, reviewed)
    lost = envelope(reviewed)
    session.add(DeadLetter(cause="boom", body=lost.body, headers={}, event_type=reviewed.name))
    await session.commit()

    await receive(session, ERASE, deleted)
    await hear(session, reviewed.stamped(uuid7(), now()))

    told = await session.scalars(select(Notification.user_id))
    assert list(told) == [reviewed.reporter_id, reviewed.reporter_id]
    assert len(list(await session.scalars(select(DeadLetter)))) == 1
    archived = await session.scalars(select(ArchivedEvent))
    assert {one.payload["reviewer_id"] for one in archived} == {str(deleted.tombstone_id)}


async def test_a_long_archive_is_read_in_slices(
    session: AsyncSession, leaver: UserRegistered, deleted: UserDeleted, monkeypatch: Any
) -> None:
    monkeypatch.setattr(register, "SLICE", 2)
    for _ in range(5):
        await hear(session, follow_by(leaver))

    await receive(session, ERASE, deleted)

    assert CANARY not in await everything(session, Model.metadata)
    assert list(await session.scalars(select(Notification))) == []
    [answer] = await published(session, ErasureCompleted)
    assert answer.counts["archived_events"] == 5
