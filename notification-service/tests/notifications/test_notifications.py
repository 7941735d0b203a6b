"""People are told of what concerns them: once per event, through the channels they want."""

from collections.abc import Callable
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import UserVerificationChanged, VerificationStatus
from contracts.course import EnrollmentCreated
from notification_service.deliveries.models import Delivery
from notification_service.notifications.consumers import tell_people
from notification_service.notifications.delays import due_time
from notification_service.notifications.models import Notification, Preferences
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging import on
from servicekit.testing.messages import receive
from servicekit.testing.plugin import MakeCaller

MakeEnrolled = Callable[[UUID], EnrollmentCreated]
TELL = on(EnrollmentCreated, tell_people)
BASE = "/api/v1/notifications"


async def test_an_enrollment_delivered_twice_is_told_once_through_every_channel(
    session: AsyncSession, enrolled: EnrollmentCreated
) -> None:
    assert await receive(session, TELL, enrolled) is True
    assert await receive(session, TELL, enrolled) is False

    [told] = (await session.scalars(select(Notification))).all()
    assert told.user_id == enrolled.user_id
    assert told.title == "You are enrolled in Reading an ECG"
    channels = {one.channel for one in (await session.scalars(select(Delivery))).all()}
    assert channels == {"PUSH", "EMAIL"}


async def test_a_list_shows_the_newest_first_page_by_page(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller, make_enrolled: MakeEnrolled
) -> None:
    caller = make_caller()
    for _ in range(3):
        await receive(session, TELL, make_enrolled(caller.user_id))

    first = (await client.get(f"{BASE}/", params={"limit": 2}, headers=caller.headers)).json()
    rest = await client.get(
        BASE, params={"limit": 2, "cursor": first["next_cursor"]}, headers=caller.headers
    )

    ids = [item["id"] for item in first["items"] + rest.json()["items"]]
    assert len(ids) == 3
    assert ids == sorted(ids, reverse=True)
    assert rest.json()["next_cursor"] is None


async def test_reading_lowers_the_count_and_keeps_the_first_time(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller, make_enrolled: MakeEnrolled
) -> None:
    caller = make_caller()
    await receive(session, TELL, make_enrolled(caller.user_id))
    await receive(session, TELL, make_enrolled(caller.user_id))
    [newest, _] = (await client.get(BASE, headers=caller.headers)).json()["items"]

    read = await client.patch(f"{BASE}/{newest['id']}/read", headers=caller.headers)
    again = await client.patch(f"{BASE}/{newest['id']}/read", headers=caller.headers)
    count = await client.get(f"{BASE}/unread-count", headers=caller.headers)
    unread = await client.get(BASE, params={"unread_only": True}, headers=caller.headers)

    assert read.json()["read_at"] == again.json()["read_at"] is not None
    assert count.json() == {"unread_count": 1}
    assert len(unread.json()["items"]) == 1
    everything = await client.post(f"{BASE}/mark-all-read", headers=caller.headers)
    assert everything.json() == {"unread_count": 0}


async def test_somebody_elses_notification_does_not_exist(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller, make_enrolled: MakeEnrolled
) -> None:
    owner, other = make_caller(), make_caller()
    await receive(session, TELL, make_enrolled(owner.user_id))
    [mine] = (await client.get(BASE, headers=owner.headers)).json()["items"]

    answers = [
        await client.patch(f"{BASE}/{mine['id']}/read", headers=other.headers),
        await client.delete(f"{BASE}/{mine['id']}", headers=other.headers),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["code"] == "notification-not-found"


async def test_what_was_deleted_stays_away_although_its_event_comes_again(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller, make_enrolled: MakeEnrolled
) -> None:
    caller = make_caller()
    event = make_enrolled(caller.user_id)
    await receive(session, TELL, event)
    [mine] = (await client.get(BASE, headers=caller.headers)).json()["items"]

    gone = await client.delete(f"{BASE}/{mine['id']}", headers=caller.headers)
    again = await client.delete(f"{BASE}/{mine['id']}", headers=caller.headers)
    await tell_people(session, event)
    await session.commit()

    assert (gone.status_code, again.status_code) == (204, 204)
    assert (await client.get(BASE, headers=caller.headers)).json()["items"] == []


@pytest.mark.parametrize(
    ("verified", "title"),
    [(True, "Your licence has been verified"), (False, "Your document has been accepted")],
)
async def test_only_an_accepted_licence_is_called_verified(
    session: AsyncSession, title: str, *, verified: bool
) -> None:
    accepted = UserVerificationChanged(
        version=2,
        user_id=uuid7(),
        verification_id=uuid7(),
        from_status=VerificationStatus.IN_REVIEW,
        to_status=VerificationStatus.APPROVED,
        verified=verified,
    )

    await receive(session, on(UserVerificationChanged, tell_people), accepted)

    [told] = (await session.scalars(select(Notification))).all()
    assert told.title == title


async def test_what_was_deleted_before_it_went_out_is_not_sent(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller, make_enrolled: MakeEnrolled
) -> None:
    caller = make_caller()
    await receive(session, TELL, make_enrolled(caller.user_id))
    [mine] = (await client.get(BASE, headers=caller.headers)).json()["items"]

    await client.delete(f"{BASE}/{mine['id']}", headers=caller.headers)

    waiting = (await session.scalars(select(Delivery))).all()
    assert [one.status.value for one in waiting] == ["SKIPPED", "SKIPPED"]


async def test_a_channel_named_twice_is_one_channel(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller, make_enrolled: MakeEnrolled
) -> None:
    caller = make_caller()
    chosen = {"channels": {"enrollment.created": ["PUSH", "PUSH"]}}
    saved = await client.put(f"{BASE}/preferences", json=chosen, headers=caller.headers)

    await receive(session, TELL, make_enrolled(caller.user_id))

    assert saved.json()["channels"]["enrollment.created"] == ["PUSH"]
    assert len((await session.scalars(select(Delivery))).all()) == 1


async def test_a_type_that_a_person_silenced_makes_no_sound(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller, make_enrolled: MakeEnrolled
) -> None:
    caller = make_caller()
    chosen: dict[str, object] = {"channels": {"enrollment.created": []}}
    saved = await client.put(f"{BASE}/preferences", json=chosen, headers=caller.headers)

    await receive(session, TELL, make_enrolled(caller.user_id))

    assert saved.json()["channels"]["enrollment.created"] == []
    assert saved.json()["channels"]["certificate.issued"] == ["IN_APP", "PUSH", "EMAIL"]
    assert (await client.get(BASE, headers=caller.headers)).json()["items"] == []
    assert (await session.scalars(select(Delivery))).all() == []


@pytest.mark.parametrize(
    "chosen",
    [
        {"channels": {"no.such_type": []}},
        {"time_zone": "Mars/Olympus"},
        {"channels": {"enrollment.created": ["PIGEON"]}},
        {"quiet_from": "25:00"},
        {"surprise": 1},
    ],
)
async def test_preferences_that_name_nothing_real_are_refused(
    client: AsyncClient, make_caller: MakeCaller, chosen: dict[str, object]
) -> None:
    answer = await client.put(f"{BASE}/preferences", json=chosen, headers=make_caller().headers)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_quiet_hours_across_midnight_wait_for_the_morning_of_the_person() -> None:
    night = Preferences(
        user_id=UUID(int=1), time_zone="Asia/Kolkata", quiet_from="22:00", quiet_until="07:00"
    )
    at_eleven_at_night = now().replace(hour=17, minute=30, second=0, microsecond=0)

    due = due_time(night, at_eleven_at_night)

    assert (due - at_eleven_at_night).total_seconds() == 8 * 3600
    assert due_time(None, at_eleven_at_night) == at_eleven_at_night


async def test_a_device_registered_by_the_next_user_leaves_the_former(
    client: AsyncClient, make_caller: MakeCaller
) -> None:
    first, second, token = make_caller(), make_caller(), f"phone-{uuid7()}"
    body = {"token": token, "device_type": "ANDROID"}

    one = await client.post(f"{BASE}/register-device", json=body, headers=first.headers)
    same = await client.post(f"{BASE}/register-device", json=body, headers=first.headers)
    await client.post(f"{BASE}/register-device", json=body, headers=second.headers)

    assert (one.status_code, same.status_code) == (200, 200)
    assert one.json()["id"] == same.json()["id"]
    assert (await client.get(f"{BASE}/devices", headers=first.headers)).json()["items"] == []
    [device] = (await client.get(f"{BASE}/devices", headers=second.headers)).json()["items"]
    path = f"{BASE}/devices/{device['id']}"
    gone = [await client.delete(path, headers=second.headers) for _ in range(2)]
    foreign = await client.delete(path, headers=first.headers)
    assert [one.status_code for one in (*gone, foreign)] == [204, 204, 404]
