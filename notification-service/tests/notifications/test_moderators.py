"""Moderators are told what waits for them, but for what concerns themselves."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.auth import UserReported
from notification_service.notifications.consumers import tell_moderators
from notification_service.notifications.models import Notification
from notification_service.people.models import Person
from servicekit.ids import uuid7
from servicekit.messaging import on
from servicekit.testing.messages import envelope, receive


async def test_a_report_is_told_once_to_every_moderator_whom_it_does_not_concern(
    session: AsyncSession,
) -> None:
    moderators = [Person(user_id=uuid7(), role=Role.MODERATOR) for _ in range(3)]
    session.add_all(moderators)
    await session.commit()
    reporter, reported, other = (one.user_id for one in moderators)
    news = envelope(
        UserReported(version=1, user_report_id=uuid7(), reporter_id=reporter, reported_id=reported)
    )
    tell = on(UserReported, tell_moderators)
    assert [await receive(session, tell, news) for _ in range(2)] == [True, False]

    [told] = await session.scalars(select(Notification))
    assert (told.user_id, told.type) == (other, "user.reported")
