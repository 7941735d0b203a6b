"""Feeds: who sees what, in which order, with which state of their own."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

from content_service.feed.schemas import FeedItemOut
from contracts.auth import UserFollowed, UserRegistered, UserUnfollowed
from contracts.event import Event, Person
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.plugin import MakeCaller

Written = Callable[..., Awaitable[dict[str, Any]]]
Hear = Callable[[Event], Awaitable[bool]]


def follow(follower: TestCaller, followee: TestCaller) -> UserFollowed:
    return UserFollowed(
        version=1,
        follow_id=uuid7(),
        follower_id=follower.user_id,
        followee_id=followee.user_id,
        person=Person(),
    )


async def ids(client: httpx2.AsyncClient, path: str, caller: TestCaller | None = None) -> list[str]:
    page = await client.get(f"/api/v1{path}", headers=caller.headers if caller else {})
    assert page.status_code == 200, page.text
    return [item["id"] for item in page.json()["items"]]


async def test_a_card_is_complete_and_shows_what_the_viewer_did(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    reader: TestCaller,
    write_post: Written,
    registered: Callable[..., UserRegistered],
    hear: Hear,
) -> None:
    await hear(registered(doctor.user_id, full_name='Asha "A" Rao'))
    post = await write_post()
    await client.post(f"/api/v1/interactions/posts/{post['id']}/like", headers=reader.headers)
    mine = (await client.get("/api/v1/feed", headers=reader.headers)).json()["items"][0]
    others = (await client.get("/api/v1/feed")).json()["items"][0]

    FeedItemOut.model_validate(mine)
    assert set(mine) == set(FeedItemOut.model_fields)
    assert mine["author"]["full_name"] == 'Asha "A" Rao'
    assert (mine["like_count"], mine["liked"], mine["bookmarked"]) == (1, True, False)
    assert (others["like_count"], others["liked"]) == (1, False)
    assert (await client.get(f"/api/v1/feed/posts/{post['id']}")).json() == others


async def test_a_post_is_shown_to_its_audience_alone_everywhere(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    make_caller: MakeCaller,
    write_post: Written,
    hear: Hear,
) -> None:
    public = (await write_post())["id"]
    checked = (await write_post(visibility="VERIFIED_ONLY"))["id"]
    inner = (await write_post(visibility="FOLLOWERS_ONLY"))["id"]
    stranger, colleague, follower = make_caller(), make_caller(verified=True), make_caller()
    await hear(follow(follower, doctor))
    sees = {
        None: {public},
        stranger: {public},
        colleague: {public, checked},
        follower: {public, inner},
        doctor: {public, checked, inner},
    }
    for caller, expected in sees.items():
        headers = caller.headers if caller else {}
        for path in ("/feed", f"/feed/users/{doctor.user_id}/posts"):
            assert set(await ids(client, path, caller)) == expected
        for post_id in (public, checked, inner):
            for path in (f"/feed/posts/{post_id}", f"/cms/posts/{post_id}"):
                answer = await client.get(f"/api/v1{path}", headers=headers)
                assert (answer.status_code == 200) is (post_id in expected)
        found = await ids(client, "/search/posts?q=chest", caller)
        assert set(found) == expected


async def test_the_feed_of_followed_people_and_channels_ends_with_the_following(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    reader: TestCaller,
    make_caller: MakeCaller,
    write_post: Written,
    hear: Hear,
) -> None:
    other = make_caller()
    channel = (
        await client.post("/api/v1/cms/channels", json={"name": "ICU"}, headers=other.headers)
    ).json()["id"]
    mine = (await write_post())["id"]
    there = (await write_post(author=other, channel_id=channel))["id"]
    assert await ids(client, "/feed/following", reader) == []

    begun = follow(reader, doctor)
    assert [await hear(begun), await hear(begun)] == [True, False]
    path = f"/api/v1/interactions/channels/{channel}/follow"
    first = await client.post(path, headers=reader.headers)
    again = await client.post(path, headers=reader.headers)
    assert first.json() == again.json()
    assert first.json()["follower_count"] == 1
    assert await ids(client, "/feed/following", reader) == [there, mine]

    ended = UserUnfollowed(**(begun.model_dump(exclude={"person"}) | {"version": 2}))
    await hear(ended)
    await hear(UserFollowed(**begun.model_dump()))
    left = [(await client.delete(path, headers=reader.headers)).status_code for _ in range(2)]
    assert left == [204, 204]
    assert await ids(client, "/feed/following", reader) == []


async def test_for_you_holds_ones_specialty_and_ones_own(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    reader: TestCaller,
    write_post: Written,
    registered: Callable[..., UserRegistered],
    hear: Hear,
) -> None:
    await hear(registered(reader.user_id, specialty="Cardiology"))
    near = (await write_post(specialty_tags=["cardiology"]))["id"]
    await write_post(specialty_tags=["dermatology"])
    own = (await write_post(author=reader))["id"]

    assert await ids(client, "/feed/for-you", reader) == [own, near]
    assert (await client.get("/api/v1/feed/for-you")).status_code == 401


async def test_a_page_of_the_feed_puts_those_who_are_near_first(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    reader: TestCaller,
    make_caller: MakeCaller,
    write_post: Written,
    hear: Hear,
) -> None:
    await hear(follow(reader, doctor))
    near = (await write_post())["id"]
    far = (await write_post(author=make_caller()))["id"]

    assert await ids(client, "/feed") == [far, near]
    assert await ids(client, "/feed", reader) == [near, far]


async def test_the_feed_is_read_page_by_page_without_gaps(
    client: httpx2.AsyncClient, reader: TestCaller, write_post: Written
) -> None:
    written = [(await write_post())["id"] for _ in range(5)]
    seen: list[str] = []
    path = "/api/v1/feed?limit=2"
    page = (await client.get(path, headers=reader.headers)).json()
    seen += [item["id"] for item in page["items"]]
    while page["next_cursor"]:
        after = f"{path}&cursor={page['next_cursor']}"
        page = (await client.get(after, headers=reader.headers)).json()
        seen += [item["id"] for item in page["items"]]

    assert seen == written[::-1]
    broken = await client.get("/api/v1/feed?cursor=abc")
    assert (broken.status_code, broken.json()["code"]) == (400, "cursor-invalid")
    assert (await client.get("/api/v1/feed?limit=0")).status_code == 422


async def test_a_post_without_its_channel_is_not_there(client: httpx2.AsyncClient) -> None:
    assert (await client.get(f"/api/v1/feed/channels/{uuid7()}/posts")).status_code == 404
    assert await ids(client, f"/feed/users/{uuid7()}/posts") == []


async def test_the_short_way_to_the_first_page_answers_what_the_ordinary_one_does(
    client: httpx2.AsyncClient, reader: TestCaller, write_post: Written
) -> None:
    for _ in range(3):
        await write_post()
    path = "/api/v1/feed"
    ordinary = await client.get(f"{path}/?limit=2", headers=reader.headers)
    short = await client.get(f"{path}?limit=2", headers=reader.headers)

    assert short.json() == ordinary.json()
    assert len(short.json()["items"]) == 2
    assert set(short.headers) == set(ordinary.headers)
    more = await client.get(
        path, params={"cursor": short.json()["next_cursor"]}, headers=reader.headers
    )
    assert len(more.json()["items"]) == 1
    assert (await client.get(f"{path}?limit=101", headers=reader.headers)).status_code == 422
    assert (await client.get(f"{path}?limit=0", headers=reader.headers)).status_code == 422
