"""Following by the door."""

import asyncio
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.social.models import Follow
from contracts.auth import UserFollowed, UserUnfollowed
from servicekit.testing.messages import published
from servicekit.testing.people import MakePerson, SignedIn

SOCIAL = "/api/v1/social"


async def test_following_twice_counts_once(
    client: httpx2.AsyncClient, person: SignedIn, make_person: MakePerson, session: AsyncSession
) -> None:
    doctor = await make_person(full_name="Arjun Nair")
    path = f"{SOCIAL}/{doctor.id}/follow"
    answers = [await client.post(path, headers=person.headers) for _ in range(2)]

    for answer in answers:
        assert answer.status_code == 200
        assert answer.json() == {
            "user_id": str(doctor.id),
            "following": True,
            "followers_count": 1,
            "following_count": 0,
        }
    [event] = await published(session, UserFollowed)
    assert (event.follower_id, event.followee_id, event.version) == (person.id, doctor.id, 1)
    assert event.person.full_name == "Asha Rao"


async def test_a_relation_that_ended_goes_on_with_its_version(
    client: httpx2.AsyncClient, person: SignedIn, make_person: MakePerson, session: AsyncSession
) -> None:
    doctor = await make_person()
    path = f"{SOCIAL}/{doctor.id}/follow"
    await client.post(path, headers=person.headers)
    gone = [await client.delete(path, headers=person.headers) for _ in range(2)]
    again = await client.post(path, headers=person.headers)

    assert [one.status_code for one in gone] == [204, 204]
    assert again.json()["followers_count"] == 1
    followed = await published(session, UserFollowed)
    [unfollowed] = await published(session, UserUnfollowed)
    assert [followed[0].version, unfollowed.version, followed[1].version] == [1, 2, 3]
    assert {one.follow_id for one in followed} == {unfollowed.follow_id}


async def test_many_at_once_are_counted_exactly(
    client: httpx2.AsyncClient, make_person: MakePerson, session: AsyncSession
) -> None:
    people = [await make_person() for _ in range(4)]
    wishes = [
        client.post(f"{SOCIAL}/{followee.id}/follow", headers=follower.headers)
        for follower in people
        for followee in people
        if follower is not followee
        for _ in range(2)
    ]
    answers = await asyncio.gather(*wishes)

    assert {one.status_code for one in answers} == {200}
    assert await session.scalar(select(func.count()).select_from(Follow)) == 12
    assert len(await published(session, UserFollowed)) == 12
    me = (await client.get("/api/v1/users/me", headers=people[0].headers)).json()
    assert (me["followers_count"], me["following_count"]) == (3, 3)


async def test_nobody_follows_themselves_or_nobody(
    client: httpx2.AsyncClient, person: SignedIn
) -> None:
    self = await client.post(f"{SOCIAL}/{person.id}/follow", headers=person.headers)
    nobody = await client.post(f"{SOCIAL}/{uuid4()}/follow", headers=person.headers)
    unknown = await client.get(f"{SOCIAL}/{uuid4()}/followers", headers=person.headers)

    assert (self.status_code, self.json()["code"]) == (409, "following-oneself")
    assert (nobody.status_code, unknown.status_code) == (404, 404)


async def test_an_erasure_and_a_farewell_do_not_wait_for_each_other(
    client: httpx2.AsyncClient, person: SignedIn, make_person: MakePerson, session: AsyncSession
) -> None:
    fan = await make_person()
    path = f"{SOCIAL}/{person.id}/follow"
    await client.post(path, headers=fan.headers)
    await session.execute(select(Follow).with_for_update())
    leaving = asyncio.create_task(client.delete(path, headers=fan.headers))
    await asyncio.sleep(0.2)
    erasing = asyncio.create_task(client.delete("/api/v1/users/me", headers=person.headers))
    await asyncio.sleep(0.2)
    await session.rollback()

    assert [(await one).status_code for one in (leaving, erasing)] == [204, 204]
    me = (await client.get("/api/v1/users/me", headers=fan.headers)).json()
    assert me["following_count"] == 0


@pytest.mark.parametrize("what", ["follow", "mute", "block"])
async def test_whoever_goes_meanwhile_is_nobody(
    client: httpx2.AsyncClient,
    person: SignedIn,
    make_person: MakePerson,
    session: AsyncSession,
    what: str,
) -> None:
    gone = await make_person()
    await session.execute(delete(User).where(User.id == gone.id))
    waiting = asyncio.create_task(client.post(f"{SOCIAL}/{gone.id}/{what}", headers=person.headers))
    await asyncio.sleep(0.2)
    await session.commit()

    answer = await waiting
    assert (answer.status_code, answer.json()["code"]) == (404, "user-not-found")


async def test_both_sides_are_listed_page_by_page(
    client: httpx2.AsyncClient, person: SignedIn, make_person: MakePerson
) -> None:
    fans = [await make_person(full_name=f"Fan {number}") for number in range(3)]
    for fan in fans:
        await client.post(f"{SOCIAL}/{person.id}/follow", headers=fan.headers)
    await client.post(f"{SOCIAL}/{fans[0].id}/follow", headers=person.headers)

    path = f"{SOCIAL}/me/followers"
    first = (await client.get(f"{path}?limit=2", headers=person.headers)).json()
    rest = (
        await client.get(
            path, params={"limit": 2, "cursor": first["next_cursor"]}, headers=person.headers
        )
    ).json()
    seen = [(one["full_name"], one["following"]) for one in first["items"] + rest["items"]]
    assert seen == [("Fan 2", False), ("Fan 1", False), ("Fan 0", True)]
    assert rest["next_cursor"] is None

    mine = (await client.get(f"{SOCIAL}/me/following", headers=person.headers)).json()["items"]
    others = await client.get(f"{SOCIAL}/{person.id}/following", headers=fans[1].headers)
    assert [one["id"] for one in mine] == [str(fans[0].id)]
    assert [one["id"] for one in others.json()["items"]] == [str(fans[0].id)]
