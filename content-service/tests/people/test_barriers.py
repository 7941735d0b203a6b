"""Blocks and mutes: who vanishes from where, and comes back."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.people.models import Barrier
from content_service.subscriptions import SUBSCRIPTIONS
from contracts.auth import UserBlocked, UserMuted, UserRegistered, UserUnblocked, UserUnmuted
from contracts.event import Event
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import envelope, receive

Written = Callable[..., Awaitable[dict[str, Any]]]
Hear = Callable[[Event], Awaitable[bool]]


def block(owner: TestCaller, target: TestCaller) -> UserBlocked:
    return UserBlocked(
        version=1, block_id=uuid7(), blocker_id=owner.user_id, blocked_id=target.user_id
    )


def mute(owner: TestCaller, target: TestCaller) -> UserMuted:
    return UserMuted(version=1, mute_id=uuid7(), muter_id=owner.user_id, muted_id=target.user_id)


async def ids(client: httpx2.AsyncClient, path: str, caller: TestCaller) -> list[str]:
    page = await client.get(f"/api/v1{path}", headers=caller.headers)
    assert page.status_code == 200, page.text
    return [item["id"] for item in page.json()["items"]]


@pytest.mark.parametrize("blocks", ["the reader", "the author"])
async def test_a_block_hides_both_from_each_other_wherever_they_look(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    reader: TestCaller,
    write_post: Written,
    registered: Callable[..., UserRegistered],
    hear: Hear,
    blocks: str,
) -> None:
    await hear(registered(doctor.user_id, specialty="Cardiology", full_name="Doctor Strange"))
    await hear(registered(reader.user_id, specialty="Cardiology"))
    theirs, mine = (await write_post())["id"], (await write_post(author=reader))["id"]
    await client.post(f"/api/v1/interactions/posts/{theirs}/bookmark", headers=reader.headers)
    pair = (reader, doctor) if blocks == "the reader" else (doctor, reader)
    barrier = block(*pair)
    await hear(barrier)

    paths = ("/feed", "/feed/for-you", "/search/posts?q=chest")
    for path in paths:
        assert await ids(client, path, reader) == [mine], path
        assert await ids(client, path, doctor) == [theirs], path
    for path in (f"/feed/users/{doctor.user_id}/posts", "/interactions/bookmarks"):
        assert await ids(client, path, reader) == []
    assert await ids(client, "/search/people?q=strange", reader) == []
    for path in (f"/feed/posts/{theirs}", f"/cms/posts/{theirs}"):
        assert (await client.get(f"/api/v1{path}", headers=reader.headers)).status_code == 404
    liked = await client.post(f"/api/v1/interactions/posts/{theirs}/like", headers=reader.headers)
    assert liked.status_code == 404

    ended = UserUnblocked(**(barrier.model_dump() | {"version": 2}))
    await hear(ended)
    await hear(UserBlocked(**barrier.model_dump()))
    assert sorted(await ids(client, "/feed", reader)) == sorted([theirs, mine])


@pytest.mark.parametrize("blocks", ["the reader", "the other"])
async def test_a_comment_behind_a_block_is_neither_answered_nor_liked(
    client: httpx2.AsyncClient,
    reader: TestCaller,
    make_caller: Callable[[], TestCaller],
    write_post: Written,
    hear: Hear,
    blocks: str,
) -> None:
    other = make_caller()
    path = f"/api/v1/interactions/posts/{(await write_post())['id']}/comments"
    made = (await client.post(path, json={"body": "Why?"}, headers=reader.headers)).json()
    await hear(block(reader, other) if blocks == "the reader" else block(other, reader))

    words = {"body": "Because.", "parent_comment_id": made["id"]}
    answered = await client.post(path, json=words, headers=other.headers)
    like = f"/api/v1/interactions/comments/{made['id']}/like"
    liked = await client.post(like, headers=other.headers)

    assert (answered.status_code, answered.json()["code"]) == (404, "comment-not-found")
    assert (liked.status_code, liked.json()["code"]) == (404, "comment-not-found")


async def test_comments_of_somebody_behind_a_block_are_not_shown(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    reader: TestCaller,
    make_caller: Callable[[], TestCaller],
    write_post: Written,
    hear: Hear,
) -> None:
    other = make_caller()
    path = f"/interactions/posts/{(await write_post())['id']}/comments"
    for one in (reader, other):
        body = {"body": "Well said"}
        answer = await client.post(f"/api/v1{path}", json=body, headers=one.headers)
        assert answer.status_code == 201
    assert len(await ids(client, path, reader)) == 2

    await hear(block(other, reader))
    assert len(await ids(client, path, reader)) == 1
    assert len(await ids(client, path, other)) == 1
    assert len(await ids(client, path, doctor)) == 2


async def test_a_mute_keeps_out_of_feeds_and_of_nothing_else(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    reader: TestCaller,
    write_post: Written,
    registered: Callable[..., UserRegistered],
    hear: Hear,
) -> None:
    for one in (doctor, reader):
        await hear(registered(one.user_id, specialty="Cardiology"))
    post = (await write_post(specialty_tags=["cardiology"]))["id"]
    muted = mute(reader, doctor)
    await hear(muted)

    for path in ("/feed", "/feed/for-you"):
        assert await ids(client, path, reader) == []
        assert await ids(client, path, doctor) == [post]
    for path in (f"/feed/users/{doctor.user_id}/posts", "/search/posts?q=chest"):
        assert await ids(client, path, reader) == [post]
    await hear(UserUnmuted(**(muted.model_dump() | {"version": 2})))
    assert await ids(client, "/feed", reader) == [post]


@pytest.mark.parametrize("make", [block, mute])
async def test_news_delivered_twice_hides_once(
    doctor: TestCaller,
    reader: TestCaller,
    session: AsyncSession,
    make: Callable[[TestCaller, TestCaller], Event],
) -> None:
    news = make(reader, doctor)
    [row] = [row for row in SUBSCRIPTIONS if row.event is type(news)]
    message = envelope(news)
    assert await receive(session, row, message) is True
    assert await receive(session, row, message) is False

    rows = (await session.scalars(select(Barrier))).all()
    assert len(rows) == (2 if make is block else 1)


async def test_two_who_block_each_other_stay_apart_until_both_relent(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    reader: TestCaller,
    write_post: Written,
    hear: Hear,
) -> None:
    post = (await write_post())["id"]
    first, second = block(reader, doctor), block(doctor, reader)
    for news in (first, second):
        await hear(news)
    await hear(UserUnblocked(**(first.model_dump() | {"version": 2})))
    assert await ids(client, "/feed", reader) == []

    await hear(UserUnblocked(**(second.model_dump() | {"version": 2})))
    assert await ids(client, "/feed", reader) == [post]
