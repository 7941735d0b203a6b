"""Everything that is said is kept, but no secret."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import EmailVerificationRequested
from contracts.course import EnrollmentCreated
from contracts.event import Account
from notification_service.archive.consumers import archive_events
from notification_service.archive.models import ArchivedEvent
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging import on_batch
from servicekit.testing.messages import receive


async def test_an_event_is_archived_once_with_its_order(
    session: AsyncSession, enrolled: EnrollmentCreated
) -> None:
    subscription = on_batch(EnrollmentCreated, archive_events)

    assert await receive(session, subscription, enrolled) is True
    assert await receive(session, subscription, enrolled) is False

    [kept] = (await session.scalars(select(ArchivedEvent))).all()
    assert (kept.type, kept.sequence) == ("enrollment.created", 1)
    assert kept.payload["course_title"] == "Reading an ECG"


async def test_the_archive_holds_neither_seal_nor_destination(session: AsyncSession) -> None:
    letter = EmailVerificationRequested(
        version=1,
        user_id=uuid7(),
        channel="EMAIL",
        sealed="sealed-secret",
        expires_at=now() + timedelta(hours=1),
        person=Account(email="asha@demo.docfliq.test"),
    )

    await receive(session, on_batch(EmailVerificationRequested, archive_events), letter)

    [kept] = (await session.scalars(select(ArchivedEvent))).all()
    assert "sealed-secret" not in str(kept.payload)
    assert "asha@" not in str(kept.payload)
