"""Likes, bookmarks and comments: harmless to repeat, right under a crowd."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import UserRegistered
from contracts.content import CommentCreated, PostLiked
from contracts.event import Event
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.plugin import MakeCaller

Written = Callable[..., Awaitable[dict[str, Any]]]
Hear = Callable[[Event], Awaitable[bool]]
POSTS = "/api/v1/interactions/posts"


async def test_a_like_counts_once_and_only_the_first_is_announced(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    reader: TestCaller,
    write_post: Written,
    registered: Callable[..., UserRegistered],
    hear: Hear,
    session: AsyncSession,
) -> None:
    await hear(registered(reader.user_id, full_name="Ravi"))
    path = f"{POSTS}/{(await write_post())['id']}/like"
    liked = [(await client.post(path, headers=reader.headers)).json() for _ in range(2)]
    ended = [(await client.delete(path, headers=reader.headers)).status_code for _ in range(2)]
    again = await client.post(path, headers=reader.headers)

    assert liked == [{"liked": True, "like_count": 1}] * 2
    assert ended == [204, 204]
    assert again.json() == {"liked": True, "like_count": 1}
    [event] = await published(session, PostLiked)
    assert (event.author_id, event.person.full_name) == (doctor.user_id, "Ravi")
    assert event.excerpt == "Chest pain"


async def test_fifty_people_who_like_at_once_are_fifty(
    client: httpx2.AsyncClient, make_caller: MakeCaller, write_post: Written, session: AsyncSession
) -> None:
    post_id = (await write_post())["id"]
    crowd = [make_caller() for _ in range(50)]

    async def like(one: TestCaller) -> int:
        # A full pool answers 503 after a second: on a busy machine some have to come again.
        while True:
            answer = await client.post(f"{POSTS}/{post_id}/like", headers=one.headers)
            if answer.status_code != 503:
                return answer.status_code
            await asyncio.sleep(float(answer.headers["retry-after"]))

    answers = await asyncio.gather(*(like(one) for one in (*crowd, *crowd[:10])))

    assert set(answers) == {200}
    card = (await client.get(f"/api/v1/feed/posts/{post_id}")).json()
    assert card["like_count"] == 50
    assert len(await published(session, PostLiked)) == 50


async def test_bookmarks_are_kept_in_the_order_of_keeping(
    client: httpx2.AsyncClient, doctor: TestCaller, reader: TestCaller, write_post: Written
) -> None:
    first, second = (await write_post())["id"], (await write_post())["id"]
    for post_id in (second, first, second):
        kept = await client.post(f"{POSTS}/{post_id}/bookmark", headers=reader.headers)
        assert kept.json() == {"bookmarked": True, "bookmark_count": 1}
    path = "/api/v1/interactions/bookmarks"
    page = (await client.get(f"{path}?limit=1", headers=reader.headers)).json()
    rest = await client.get(f"{path}?cursor={page['next_cursor']}", headers=reader.headers)

    assert [item["id"] for item in page["items"]] == [first]
    assert [item["id"] for item in rest.json()["items"]] == [second]
    assert page["items"][0]["bookmarked"] is True
    await client.delete(f"/api/v1/cms/posts/{first}", headers=doctor.headers)
    like = f"{POSTS}/{first}/like"
    assert (await client.delete(like, headers=reader.headers)).status_code == 204
    gone = f"{POSTS}/{first}/bookmark"
    ended = [(await client.delete(gone, headers=reader.headers)).status_code for _ in range(2)]
    assert ended == [204, 204]


async def test_comments_are_two_deep_and_tell_author_and_parent(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    reader: TestCaller,
    write_post: Written,
    session: AsyncSession,
) -> None:
    path = f"{POSTS}/{(await write_post())['id']}/comments"
    first = await client.post(path, json={"body": " Why? "}, headers=reader.headers)
    parent = first.json()["id"]
    answer = await client.post(
        path, json={"body": "Troponin.", "parent_comment_id": parent}, headers=doctor.headers
    )
    deep = await client.post(
        path,
        json={"body": "So?", "parent_comment_id": answer.json()["id"]},
        headers=reader.headers,
    )

    assert (first.status_code, first.json()["body"]) == (201, "Why?")
    assert (deep.status_code, deep.json()["code"]) == (409, "comment-too-deep")
    items = (await client.get(path)).json()["items"]
    assert [(one["body"], one["reply_count"]) for one in items] == [("Why?", 1), ("Troponin.", 0)]
    events = await published(session, CommentCreated)
    assert [event.parent_author_id for event in events] == [None, reader.user_id]
    assert {event.post_author_id for event in events} == {doctor.user_id}


async def test_a_deleted_parent_keeps_its_place(
    client: httpx2.AsyncClient, doctor: TestCaller, reader: TestCaller, write_post: Written
) -> None:
    post_id = (await write_post())["id"]
    path = f"{POSTS}/{post_id}/comments"
    parent = (await client.post(path, json={"body": "Why?"}, headers=reader.headers)).json()["id"]
    body = {"body": "Troponin.", "parent_comment_id": parent}
    answer = (await client.post(path, json=body, headers=doctor.headers)).json()["id"]
    own = f"/api/v1/interactions/comments/{parent}"
    ended = [(await client.delete(own, headers=reader.headers)).status_code for _ in range(2)]
    items = (await client.get(path)).json()["items"]

    assert ended == [204, 204]
    assert [one["id"] for one in items] == [parent, answer]
    assert (items[0]["body"], items[0]["author"]) == (None, None)
    assert (await client.get(f"/api/v1/feed/posts/{post_id}")).json()["comment_count"] == 1
    await client.delete(f"/api/v1/interactions/comments/{answer}", headers=doctor.headers)
    assert (await client.get(path)).json()["items"] == []


async def test_a_comment_is_edited_by_its_author_alone(
    client: httpx2.AsyncClient, doctor: TestCaller, reader: TestCaller, write_post: Written
) -> None:
    path = f"{POSTS}/{(await write_post())['id']}/comments"
    made = (await client.post(path, json={"body": "Why?"}, headers=reader.headers)).json()
    own = f"/api/v1/interactions/comments/{made['id']}"
    mine = await client.patch(own, json={"body": "Why now?"}, headers=reader.headers)
    theirs = await client.patch(own, json={"body": "No"}, headers=doctor.headers)
    away = await client.delete(own, headers=doctor.headers)

    assert (mine.json()["body"], mine.json()["edited_at"] is None) == ("Why now?", False)
    assert (theirs.status_code, away.status_code) == (404, 404)
    empty = await client.patch(own, json={"body": "  "}, headers=reader.headers)
    assert empty.status_code == 422


async def test_a_comment_is_liked_once_by_each(
    client: httpx2.AsyncClient, doctor: TestCaller, reader: TestCaller, write_post: Written
) -> None:
    path = f"{POSTS}/{(await write_post())['id']}/comments"
    made = (await client.post(path, json={"body": "Why?"}, headers=reader.headers)).json()
    like = f"/api/v1/interactions/comments/{made['id']}/like"
    answers = [(await client.post(like, headers=doctor.headers)).json() for _ in range(2)]
    [shown] = (await client.get(path, headers=doctor.headers)).json()["items"]
    ended = [(await client.delete(like, headers=doctor.headers)).status_code for _ in range(2)]
    [after] = (await client.get(path, headers=doctor.headers)).json()["items"]

    assert answers == [{"liked": True, "like_count": 1}] * 2
    assert (shown["liked"], shown["like_count"]) == (True, 1)
    assert ended == [204, 204]
    assert (after["liked"], after["like_count"]) == (False, 0)


async def test_what_cannot_be_read_cannot_be_liked_kept_or_commented(
    client: httpx2.AsyncClient, reader: TestCaller, write_post: Written
) -> None:
    inner = (await write_post(visibility="FOLLOWERS_ONLY"))["id"]
    for post_id in (inner, str(uuid7())):
        answers = [
            await client.post(f"{POSTS}/{post_id}/like", headers=reader.headers),
            await client.post(f"{POSTS}/{post_id}/bookmark", headers=reader.headers),
            await client.get(f"{POSTS}/{post_id}/comments", headers=reader.headers),
            await client.post(
                f"{POSTS}/{post_id}/comments", json={"body": "x"}, headers=reader.headers
            ),
        ]
        assert [answer.status_code for answer in answers] == [404] * 4
    assert (await client.post(f"{POSTS}/{inner}/like")).status_code == 401
