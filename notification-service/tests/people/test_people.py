"""The copy of a person is whole in whatever order its events come."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role, UserRoleChanged
from contracts.auth import UserContactChanged, UserProfileUpdated, UserRegistered
from contracts.event import Account, Event
from contracts.event import Person as PublicPerson
from notification_service.people.consumers import copy_person
from notification_service.people.models import Person
from servicekit.messaging import Subscription, on
from servicekit.testing.messages import receive

COPY: dict[Any, Subscription] = {
    UserRegistered: on(UserRegistered, copy_person, order="latest"),
    UserProfileUpdated: on(UserProfileUpdated, copy_person, order="latest"),
    UserRoleChanged: on(UserRoleChanged, copy_person, order="latest"),
    UserContactChanged: on(UserContactChanged, copy_person, order="latest"),
}


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
async def test_a_person_is_whole_in_whatever_order_their_events_come(
    session: AsyncSession, registered: UserRegistered, order: tuple[int, ...]
) -> None:
    user_id = registered.user_id
    said: list[Event] = [
        registered,
        UserProfileUpdated(version=2, user_id=user_id, person=PublicPerson(full_name="Dr Rao")),
        UserRoleChanged(version=3, user_id=user_id, from_role=Role.STUDENT, to_role=Role.MODERATOR),
        UserContactChanged(
            version=4,
            user_id=user_id,
            email_verified=True,
            person=Account(full_name="Dr Rao", email="rao@demo.docfliq.test"),
        ),
    ]

    for place in order:
        await receive(session, COPY[type(said[place])], said[place])

    person = await session.get_one(Person, user_id, populate_existing=True)
    assert (person.full_name, person.email) == ("Dr Rao", "rao@demo.docfliq.test")
    assert person.role is Role.MODERATOR


async def test_an_address_is_known_although_the_profile_came_first(
    session: AsyncSession, registered: UserRegistered
) -> None:
    changed = UserProfileUpdated(
        version=2, user_id=registered.user_id, person=PublicPerson(full_name="Dr Rao")
    )

    await receive(session, COPY[UserProfileUpdated], changed)
    await receive(session, COPY[UserRegistered], registered)

    person = await session.get_one(Person, registered.user_id, populate_existing=True)
    assert (person.full_name, person.email) == ("Dr Rao", registered.person.email)
