"""Blocks and mutes by the door: whom they hide, what they end, and what others hear."""

import asyncio
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.social.models import Follow
from contracts.auth import (
    UserBlocked,
    UserMuted,
    UserUnblocked,
    UserUnfollowed,
    UserUnmuted,
)
from servicekit.testing.messages import published
from servicekit.testing.people import MakePerson, SignedIn

SOCIAL = "/api/v1/social"


@pytest.fixture
async def doctor(make_person: MakePerson) -> SignedIn:
    return await make_person(full_name="Arjun Nair")


async def act(
    client: httpx2.AsyncClient, person: SignedIn, what: str, other: SignedIn
) -> httpx2.Response:
    return await client.post(f"{SOCIAL}/{other.id}/{what}", headers=person.headers)


async def undo(
    client: httpx2.AsyncClient, person: SignedIn, what: str, other: SignedIn
) -> httpx2.Response:
    return await client.delete(f"{SOCIAL}/{other.id}/{what}", headers=person.headers)


async def names(client: httpx2.AsyncClient, person: SignedIn, path: str) -> list[str | None]:
    answer = await client.get(f"/api/v1{path}", headers=person.headers)
    assert answer.status_code == 200, answer.text
    return [one["full_name"] for one in answer.json()["items"]]


async def test_a_block_ends_following_both_ways_and_repeating_it_is_harmless(
    client: httpx2.AsyncClient, person: SignedIn, doctor: SignedIn, session: AsyncSession
) -> None:
    await act(client, person, "follow", doctor)
    await act(client, doctor, "follow", person)
    answers = [await act(client, person, "block", doctor) for _ in range(2)]

    for answer in answers:
        assert answer.status_code == 200
        assert answer.json() == {"user_id": str(doctor.id), "blocked": True}
    [event] = await published(session, UserBlocked)
    assert (event.blocker_id, event.blocked_id, event.version) == (person.id, doctor.id, 1)
    assert len(await published(session, UserUnfollowed)) == 2
    me = (await client.get("/api/v1/users/me", headers=doctor.headers)).json()
    assert (me["followers_count"], me["following_count"]) == (0, 0)


async def test_a_block_that_ended_goes_on_with_its_version(
    client: httpx2.AsyncClient, person: SignedIn, doctor: SignedIn, session: AsyncSession
) -> None:
    await act(client, person, "block", doctor)
    gone = [await undo(client, person, "block", doctor) for _ in range(2)]
    await act(client, person, "block", doctor)

    assert [one.status_code for one in gone] == [204, 204]
    blocked = await published(session, UserBlocked)
    [unblocked] = await published(session, UserUnblocked)
    assert [blocked[0].version, unblocked.version, blocked[1].version] == [1, 2, 3]
    assert {one.block_id for one in blocked} == {unblocked.block_id}


async def test_whoever_is_blocked_cannot_tell_it_from_nobody(
    client: httpx2.AsyncClient, person: SignedIn, doctor: SignedIn
) -> None:
    await act(client, doctor, "block", person)

    for path in (f"/profile/{doctor.id}", f"/social/{doctor.id}/followers"):
        hidden = await client.get(f"/api/v1{path}", headers=person.headers)
        absent = await client.get(
            f"/api/v1{path}".replace(str(doctor.id), str(uuid4())), headers=person.headers
        )
        assert (hidden.status_code, absent.status_code) == (404, 404)
        assert hidden.json()["code"] == absent.json()["code"] == "user-not-found"
    followed = await act(client, person, "follow", doctor)
    assert (followed.status_code, followed.json()["code"]) == (404, "user-not-found")


async def test_whoever_is_blocked_can_only_block_back(
    client: httpx2.AsyncClient, person: SignedIn, doctor: SignedIn
) -> None:
    await act(client, person, "mute", doctor)
    await act(client, doctor, "block", person)
    muted = await act(client, person, "mute", doctor)
    back = await act(client, person, "block", doctor)

    assert (muted.status_code, muted.json()["code"]) == (404, "user-not-found")
    assert await names(client, person, "/social/me/muted") == []
    assert back.json() == {"user_id": str(doctor.id), "blocked": True}
    [row] = (await client.get(f"{SOCIAL}/me/blocked", headers=person.headers)).json()["items"]
    assert {name for name, value in row.items() if value} == {"id", "since"}
    assert await names(client, doctor, "/social/me/blocked") == [None]
    await undo(client, doctor, "block", person)
    assert await names(client, person, "/social/me/muted") == ["Arjun Nair"]
    assert await names(client, person, "/social/me/blocked") == ["Arjun Nair"]


async def test_a_block_hides_both_from_each_other_in_lists_and_search(
    client: httpx2.AsyncClient, person: SignedIn, doctor: SignedIn, make_person: MakePerson
) -> None:
    star = await make_person(full_name="Star")
    for one in (person, doctor):
        await act(client, one, "follow", star)
    await act(client, person, "block", doctor)

    assert await names(client, person, f"/social/{star.id}/followers") == ["Asha Rao"]
    assert await names(client, doctor, f"/social/{star.id}/followers") == ["Arjun Nair"]
    assert await names(client, person, "/profile/search?q=arjun") == []
    assert await names(client, doctor, "/profile/search?q=asha") == []
    assert await names(client, person, "/social/me/blocked") == ["Arjun Nair"]
    assert await names(client, doctor, "/social/me/blocked") == []
    await undo(client, person, "block", doctor)
    assert await names(client, doctor, "/profile/search?q=asha") == ["Asha Rao"]


async def test_whoever_blocks_must_unblock_before_following(
    client: httpx2.AsyncClient, person: SignedIn, doctor: SignedIn
) -> None:
    await act(client, person, "block", doctor)
    refused = await act(client, person, "follow", doctor)

    assert (refused.status_code, refused.json()["code"]) == (409, "person-blocked")
    shown = await client.get(f"/api/v1/profile/{doctor.id}", headers=person.headers)
    assert (shown.json()["blocked"], shown.json()["muted"]) == (True, False)


async def test_a_follow_under_way_beside_a_block_does_not_stay(
    client: httpx2.AsyncClient, person: SignedIn, doctor: SignedIn, session: AsyncSession
) -> None:
    await act(client, person, "follow", doctor)
    await undo(client, person, "follow", doctor)
    # Whoever follows has passed every check when it comes to this row.
    await session.execute(select(Follow).with_for_update())
    following = asyncio.create_task(act(client, person, "follow", doctor))
    await asyncio.sleep(0.3)
    blocking = asyncio.create_task(act(client, doctor, "block", person))
    await asyncio.sleep(0.3)
    await session.rollback()
    await asyncio.gather(following, blocking)

    assert list(await session.scalars(select(Follow.status))) == ["ENDED"]
    me = (await client.get("/api/v1/users/me", headers=doctor.headers)).json()
    assert me["followers_count"] == 0


async def test_a_mute_is_its_owners_secret(
    client: httpx2.AsyncClient, person: SignedIn, doctor: SignedIn, session: AsyncSession
) -> None:
    await act(client, person, "follow", doctor)
    answers = [await act(client, person, "mute", doctor) for _ in range(2)]

    assert [one.json() for one in answers] == [{"user_id": str(doctor.id), "muted": True}] * 2
    assert await names(client, person, "/social/me/muted") == ["Arjun Nair"]
    shown = (await client.get(f"/api/v1/profile/{doctor.id}", headers=person.headers)).json()
    assert (shown["blocked"], shown["muted"], shown["following"]) == (False, True, True)
    assert await names(client, person, "/social/me/following") == ["Arjun Nair"]
    assert (await act(client, doctor, "follow", person)).status_code == 200
    [event] = await published(session, UserMuted)
    assert (event.muter_id, event.muted_id) == (person.id, doctor.id)
    assert [(await undo(client, person, "mute", doctor)).status_code for _ in range(2)] == [204] * 2
    [ended] = await published(session, UserUnmuted)
    assert (ended.mute_id, ended.version) == (event.mute_id, 2)
    assert await names(client, person, "/social/me/muted") == []


@pytest.mark.parametrize("what", ["block", "mute"])
async def test_nobody_keeps_away_themselves_or_nobody(
    client: httpx2.AsyncClient, person: SignedIn, what: str
) -> None:
    oneself = await act(client, person, what, person)
    nobody = await client.post(f"{SOCIAL}/{uuid4()}/{what}", headers=person.headers)
    undone = await client.delete(f"{SOCIAL}/{uuid4()}/{what}", headers=person.headers)

    assert (oneself.status_code, oneself.json()["code"]) == (409, "barring-oneself")
    assert (nobody.status_code, undone.status_code) == (404, 204)
