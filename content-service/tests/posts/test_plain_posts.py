"""Most posts go a short way: what is written, answered and refused is the same on both."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import UserRegistered
from contracts.content import PostPublished
from contracts.event import Event
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.waiting import eventually

Hear = Callable[[Event], Awaitable[bool]]

POSTS = "/api/v1/cms/posts"
# A lane takes exactly its path: with a slash at its end a request goes the ordinary way.
ORDINARY = f"{POSTS}/"
PLAIN = {"title": "Chest pain", "body": "Think of #ACS, “ß” and 心.", "status": "PUBLISHED"}
RICH = {
    **PLAIN,
    "content_type": "IMAGE",
    "visibility": "VERIFIED_ONLY",
    "specialty_tags": ["Cardiology", "ECG"],
    "media_urls": ["https://x.test/ecg.png"],
    "link_preview": {"url": "https://x.test/", "title": 'An "open" case'},
}
_OF = {
    "posts": "SELECT to_jsonb(t) FROM posts t WHERE id = :id",
    "documents": "SELECT to_jsonb(t) FROM documents t WHERE kind = 'POST' AND id = :id",
    "outbox": "SELECT to_jsonb(t) - 'id' FROM outbox t WHERE aggregate = 'post/' || :id",
}
_WRITERS = """
    FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE '% writes'
"""


@pytest.fixture
async def author(client: httpx2.AsyncClient, doctor: TestCaller) -> TestCaller:
    """Somebody whose token the service has seen: only then a lane takes a request."""
    await client.get("/api/v1/cms/my-posts", headers=doctor.headers)
    return doctor


async def written(session: AsyncSession, post_id: str) -> dict[str, list[Any]]:
    """All rows of a post, without what two posts cannot share."""
    found = {}
    for table, query in _OF.items():
        rows = [row for (row,) in await session.execute(text(query), {"id": post_id})]
        found[table] = [_without_own(row, post_id) for row in rows]
    return found


def _without_own(value: Any, post_id: str) -> Any:
    own = ("_at", "feed_id", "seq", "payload", "cloudEvents:id", "cloudEvents:time")
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if not name.endswith(own) or one is None}
        return {name: _without_own(one, post_id) for name, one in kept.items()}
    return "its id" if value == post_id else str(value).replace(post_id, "its id")


async def writers(session: AsyncSession, which: str = "") -> int:
    """How many connections of the short way there are."""
    await session.execute(text("SELECT pg_stat_clear_snapshot()"))
    return await session.scalar(text(f"SELECT count(*) {_WRITERS}{which}")) or 0


@pytest.mark.parametrize("body", [PLAIN, RICH])
@pytest.mark.parametrize("specialty", [None, "", "Intensive Care ẞ"])
async def test_both_ways_write_the_same_rows_and_give_the_same_answer(
    client: httpx2.AsyncClient,
    author: TestCaller,
    session: AsyncSession,
    registered: Callable[..., UserRegistered],
    hear: Hear,
    body: dict[str, Any],
    specialty: str | None,
) -> None:
    if specialty is not None:
        await hear(registered(author.user_id, specialty=specialty))
    ordinary = await client.post(ORDINARY, json=body, headers=author.headers)
    assert await writers(session) == 0
    short = await client.post(POSTS, json=body, headers=author.headers)
    assert await writers(session) == 1

    first, second = ordinary.json(), short.json()
    assert (ordinary.status_code, short.status_code) == (201, 201)
    assert list(first) == list(second)
    assert _without_own(first, first["id"]) == _without_own(second, second["id"])
    for name in ("etag", "content-type"):
        assert ordinary.headers[name] == short.headers[name]
    assert short.headers["location"] == f"{POSTS}/{second['id']}"
    rows = await written(session, first["id"])
    assert [len(found) for found in rows.values()] == [1, 1, 1]
    assert await written(session, second["id"]) == rows
    one, other = [
        event.model_dump(exclude={"published_at"}) | {"post_id": str(event.post_id)}
        for event in await published(session, PostPublished)
    ]
    assert {**one, "post_id": second["id"]} == other
    read = await client.get(f"{POSTS}/{second['id']}", headers=author.headers)
    assert read.json() == second


@pytest.mark.parametrize(
    "body",
    [
        b'{"title": "x", "colour": "red"}',
        b'{"title": "x", "status": "LATER"}',
        b'{"title": "\\u0000", "status": "PUBLISHED"}',
        b'{"title": "x\\ud800", "status": "PUBLISHED"}',
        b'{"status": "PUBLISHED", "content_type": "VIDEO"}',
        b'{"status": "PUBLISHED"}',
        b"[]",
        b'{"title": ',
        b'{"title": ' + b"[" * 5000,
    ],
)
async def test_both_ways_refuse_the_same_with_the_same_words(
    client: httpx2.AsyncClient, author: TestCaller, session: AsyncSession, body: bytes
) -> None:
    headers = {**author.headers, "Content-Type": "application/json"}
    ordinary = await client.post(ORDINARY, content=body, headers=headers)
    short = await client.post(POSTS, content=body, headers=headers)

    assert 400 <= short.status_code < 500
    assert short.status_code == ordinary.status_code
    assert short.headers["content-type"] == "application/problem+json"
    assert {**short.json(), "request_id": ""} == {**ordinary.json(), "request_id": ""}
    assert await session.scalar(text("SELECT count(*) FROM posts")) == 0


async def test_other_posts_go_the_ordinary_way_with_the_body_that_was_sent(
    client: httpx2.AsyncClient, author: TestCaller, session: AsyncSession
) -> None:
    draft = await client.post(POSTS, json={**PLAIN, "status": "DRAFT"}, headers=author.headers)
    foreign = {**PLAIN, "channel_id": "01a1feef-fbd8-7362-a787-74a23b5ab0a3"}
    refused = await client.post(POSTS, json=foreign, headers=author.headers)

    assert (draft.status_code, draft.json()["status"]) == (201, "DRAFT")
    assert (refused.status_code, refused.json()["code"]) == (404, "channel-not-found")
    assert await writers(session) == 0
    assert await published(session, PostPublished) == []


async def test_a_lost_connection_is_an_unknown_outcome_and_never_tried_again(
    client: httpx2.AsyncClient, author: TestCaller, session: AsyncSession
) -> None:
    await client.post(POSTS, json=PLAIN, headers=author.headers)
    await session.execute(text(f"SELECT pg_terminate_backend(pid) {_WRITERS}"))
    lost = await client.post(POSTS, json=PLAIN, headers=author.headers)
    again = await client.post(POSTS, json=PLAIN, headers=author.headers)

    assert (lost.status_code, lost.json()["code"]) == (503, "service-unavailable")
    assert "retry-after" in lost.headers
    assert again.status_code == 201
    assert len(await published(session, PostPublished)) == 2


async def test_a_post_that_was_given_up_leaves_no_connection_half_used(
    client: httpx2.AsyncClient,
    author: TestCaller,
    session: AsyncSession,
    registered: Callable[..., UserRegistered],
    hear: Hear,
) -> None:
    await hear(registered(author.user_id))
    await session.execute(text("SELECT FROM people FOR UPDATE"))
    asked = asyncio.create_task(client.post(POSTS, json=PLAIN, headers=author.headers))

    async def waits() -> bool:
        return await writers(session, " AND wait_event_type = 'Lock'") == 1

    await eventually(waits, within=5)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await session.rollback()

    made = await client.post(POSTS, json=PLAIN, headers=author.headers)
    assert made.status_code == 201
    [event] = await published(session, PostPublished)
    assert str(event.post_id) == made.json()["id"]
