"""Channels: opened, changed and closed by their owner."""

import httpx2
import pytest

from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller

PATH = "/api/v1/cms/channels"


@pytest.fixture
async def channel(client: httpx2.AsyncClient, doctor: TestCaller) -> str:
    body = {"name": "Heart Institute", "description": "News"}
    made = await client.post(PATH, json=body, headers=doctor.headers)
    assert made.status_code == 201
    assert made.headers["location"] == f"{PATH}/{made.json()['id']}"
    return str(made.json()["id"])


async def test_a_slug_belongs_to_one_channel(
    client: httpx2.AsyncClient, reader: TestCaller, channel: str
) -> None:
    body = {"name": "Heart institute", "slug": "heart-institute"}
    taken = await client.post(PATH, json=body, headers=reader.headers)
    free = await client.post(PATH, json=body | {"slug": "heart-2"}, headers=reader.headers)
    own = f"{PATH}/{free.json()['id']}"
    moved = await client.patch(own, json={"slug": "heart-institute"}, headers=reader.headers)

    assert (taken.status_code, taken.json()["code"]) == (409, "channel-slug-taken")
    assert (free.status_code, moved.status_code) == (201, 409)


async def test_channels_of_one_name_have_slugs_of_their_own(
    client: httpx2.AsyncClient, reader: TestCaller, channel: str
) -> None:
    second = await client.post(PATH, json={"name": "Heart institute"}, headers=reader.headers)

    assert second.status_code == 201
    assert second.json()["slug"].startswith("heart-institute-")


async def test_a_channel_is_changed_by_its_owner_alone(
    client: httpx2.AsyncClient, doctor: TestCaller, reader: TestCaller, channel: str
) -> None:
    path = f"{PATH}/{channel}"
    changed = await client.patch(
        path, json={"name": "Heart & Lung", "description": None}, headers=doctor.headers
    )
    foreign = [
        await client.patch(path, json={"name": "x"}, headers=reader.headers),
        await client.delete(path, headers=reader.headers),
    ]

    assert (changed.json()["name"], changed.json()["description"]) == ("Heart & Lung", "")
    assert [answer.status_code for answer in foreign] == [404, 404]
    assert (await client.get(path)).json() == changed.json()


async def test_an_inactive_channel_is_its_owners_to_see(
    client: httpx2.AsyncClient, doctor: TestCaller, reader: TestCaller, channel: str
) -> None:
    path = f"{PATH}/{channel}"
    await client.patch(path, json={"is_active": False}, headers=doctor.headers)

    assert (await client.get(path, headers=doctor.headers)).json()["is_active"] is False
    assert (await client.get(path)).status_code == 404
    assert (await client.get(PATH)).json()["items"] == []
    follow = f"/api/v1/interactions/channels/{channel}/follow"
    assert (await client.post(follow, headers=reader.headers)).status_code == 404


async def test_who_leaves_an_inactive_channel_is_not_counted_when_it_is_active_again(
    client: httpx2.AsyncClient, doctor: TestCaller, reader: TestCaller, channel: str
) -> None:
    path, follow = f"{PATH}/{channel}", f"/api/v1/interactions/channels/{channel}/follow"
    await client.post(follow, headers=reader.headers)
    await client.patch(path, json={"is_active": False}, headers=doctor.headers)
    await client.delete(follow, headers=reader.headers)
    shown = await client.patch(path, json={"is_active": True}, headers=doctor.headers)

    assert shown.json()["follower_count"] == 0


async def test_a_deleted_channel_is_gone_and_may_be_deleted_again(
    client: httpx2.AsyncClient, doctor: TestCaller, channel: str
) -> None:
    path = f"{PATH}/{channel}"
    gone = [(await client.delete(path, headers=doctor.headers)).status_code for _ in range(2)]

    assert gone == [204, 204]
    assert (await client.get(path, headers=doctor.headers)).status_code == 404
    never = await client.delete(f"{PATH}/{uuid7()}", headers=doctor.headers)
    assert never.status_code == 404


async def test_channels_are_listed_for_anyone(
    client: httpx2.AsyncClient, doctor: TestCaller, reader: TestCaller, channel: str
) -> None:
    listed = (await client.get(PATH)).json()
    none = (await client.get(f"{PATH}?mine=true", headers=reader.headers)).json()

    assert [one["id"] for one in listed["items"]] == [channel]
    assert none["items"] == []
