"""Copies of people: late and double news change nothing, and cards follow."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.people.models import Person
from content_service.search.models import Document
from content_service.subscriptions import SUBSCRIPTIONS
from contracts.access import UserVerificationChanged, VerificationStatus
from contracts.auth import UserProfileUpdated, UserRegistered
from contracts.event import Event
from contracts.event import Person as PublicPerson
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import envelope, receive

Written = Callable[..., Awaitable[dict[str, Any]]]
Hear = Callable[[Event], Awaitable[bool]]


async def test_news_delivered_twice_copies_a_person_once(
    doctor: TestCaller, registered: Callable[..., UserRegistered], session: AsyncSession
) -> None:
    [row] = [row for row in SUBSCRIPTIONS if row.event is UserRegistered]
    news = envelope(registered(doctor.user_id, headline="Cardiologist"))
    assert await receive(session, row, news) is True
    assert await receive(session, row, news) is False

    person = await session.get(Person, doctor.user_id)
    assert person is not None
    assert (person.full_name, person.headline) == ("Asha Rao", "Cardiologist")


async def test_cards_follow_the_latest_profile_whatever_order_news_comes_in(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    write_post: Written,
    registered: Callable[..., UserRegistered],
    hear: Hear,
) -> None:
    post = await write_post()
    later = UserProfileUpdated(
        version=3,
        user_id=doctor.user_id,
        specialty="Cardiology",
        person=PublicPerson(full_name="Dr Asha Rao", avatar_url="http://localhost:8000/storage/x"),
    )
    checked = UserVerificationChanged(
        version=2,
        user_id=doctor.user_id,
        verification_id=uuid7(),
        from_status=VerificationStatus.IN_REVIEW,
        to_status=VerificationStatus.APPROVED,
        verified=True,
    )
    for news in (later, checked, registered(doctor.user_id)):
        await hear(news)

    author = (await client.get(f"/api/v1/feed/posts/{post['id']}")).json()["author"]
    assert (author["full_name"], author["verified"]) == ("Dr Asha Rao", True)
    assert author["avatar_url"] == "http://localhost:8000/storage/x"
    [found] = (await client.get("/api/v1/search/people?q=asha cardiology")).json()["items"]
    assert (found["id"], found["facts"]["verified"]) == (str(doctor.user_id), True)


async def test_whoever_takes_their_name_back_is_not_found_by_it(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    registered: Callable[..., UserRegistered],
    hear: Hear,
    session: AsyncSession,
) -> None:
    async def found() -> list[str]:
        page = await client.get("/api/v1/search/people?q=formername")
        return [one["title"] for one in page.json()["items"]]

    await hear(registered(doctor.user_id, full_name="Formername Rao"))
    assert await found() == ["Formername Rao"]

    await hear(UserProfileUpdated(version=2, user_id=doctor.user_id, person=PublicPerson()))
    assert await found() == []
    assert list(await session.scalars(select(Document.title))) == [""]

    again = PublicPerson(full_name="Asha Formername")
    await hear(UserProfileUpdated(version=3, user_id=doctor.user_id, person=again))
    assert await found() == ["Asha Formername"]
