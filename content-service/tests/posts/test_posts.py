"""Posts: written, published, edited, kept, removed; each announced as it should be."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.posts.service import publish_due_posts
from contracts.content import PostEdited, PostPublished, PostRemoved
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.plugin import MakeCaller

Written = Callable[..., Awaitable[dict[str, Any]]]


async def test_a_published_post_is_announced_once_with_its_hashtags(
    client: httpx2.AsyncClient, doctor: TestCaller, write_post: Written, session: AsyncSession
) -> None:
    post = await write_post(specialty_tags=["Cardiology"])
    again = await client.post(f"/api/v1/cms/posts/{post['id']}/publish", headers=doctor.headers)

    assert (post["status"], post["hashtags"]) == ("PUBLISHED", ["acs"])
    assert again.json() == post
    [event] = await published(session, PostPublished)
    assert (str(event.post_id), event.specialty_tags) == (post["id"], ["cardiology"])


async def test_a_draft_is_its_authors_alone_until_it_is_published(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    reader: TestCaller,
    write_post: Written,
    session: AsyncSession,
) -> None:
    post = await write_post(status="DRAFT")
    path = f"/api/v1/cms/posts/{post['id']}"
    assert (await client.get(path, headers=reader.headers)).status_code == 404
    assert (await client.get(path, headers=doctor.headers)).status_code == 200
    assert await published(session, PostPublished) == []

    shown = await client.post(f"{path}/publish", headers=doctor.headers)
    assert shown.json()["status"] == "PUBLISHED"
    assert (await client.get(path)).status_code == 200
    [event] = await published(session, PostPublished)
    assert event.version == 1


async def test_an_edit_keeps_the_former_text_and_moves_the_etag(
    client: httpx2.AsyncClient, doctor: TestCaller, write_post: Written, session: AsyncSession
) -> None:
    post = await write_post()
    path = f"/api/v1/cms/posts/{post['id']}"
    etag = (await client.get(path)).headers["etag"]
    headers = doctor.headers | {"If-Match": etag}
    edited = await client.patch(path, json={"body": "Or of #PE."}, headers=headers)
    stale = await client.patch(path, json={"body": "x"}, headers=headers)
    free = await client.patch(
        path, json={"title": None, "visibility": "VERIFIED_ONLY"}, headers=doctor.headers
    )

    assert (edited.status_code, edited.json()["status"]) == (200, "EDITED")
    assert edited.json()["hashtags"] == ["pe"]
    assert edited.headers["etag"] != etag
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    assert (free.json()["title"], free.json()["visibility"]) == (None, "VERIFIED_ONLY")
    versions = (await client.get(f"{path}/versions", headers=doctor.headers)).json()["items"]
    assert [(one["version_number"], one["body"]) for one in versions] == [
        (1, "Think of #ACS."),
        (2, "Or of #PE."),
    ]
    assert [event.version for event in await published(session, PostEdited)] == [2, 3]


async def test_a_removed_post_is_gone_for_everybody_and_removing_it_again_is_harmless(
    client: httpx2.AsyncClient, doctor: TestCaller, write_post: Written, session: AsyncSession
) -> None:
    post = await write_post()
    path = f"/api/v1/cms/posts/{post['id']}"
    gone = [(await client.delete(path, headers=doctor.headers)).status_code for _ in range(2)]

    assert gone == [204, 204]
    assert (await client.get(path, headers=doctor.headers)).status_code == 404
    assert (await client.get(f"/api/v1/feed/posts/{post['id']}")).status_code == 404
    assert len(await published(session, PostRemoved)) == 1
    never = await client.delete(f"/api/v1/cms/posts/{uuid7()}", headers=doctor.headers)
    assert never.status_code == 404


async def test_nobody_changes_anothers_post(
    client: httpx2.AsyncClient, reader: TestCaller, write_post: Written
) -> None:
    path = f"/api/v1/cms/posts/{(await write_post())['id']}"
    answers = [
        await client.patch(path, json={"body": "mine"}, headers=reader.headers),
        await client.delete(path, headers=reader.headers),
        await client.post(f"{path}/publish", headers=reader.headers),
        await client.get(f"{path}/versions", headers=reader.headers),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (await client.patch(path, json={"body": "x"})).status_code == 401


async def test_my_posts_come_by_status_and_page_by_page(
    client: httpx2.AsyncClient, doctor: TestCaller, write_post: Written
) -> None:
    shown = [await write_post(title=f"No. {n}") for n in range(3)]
    draft = await write_post(status="DRAFT")
    path = "/api/v1/cms/my-posts"
    drafts = (await client.get(f"{path}?status=DRAFT", headers=doctor.headers)).json()
    first = (await client.get(f"{path}?limit=2", headers=doctor.headers)).json()
    rest = await client.get(f"{path}?cursor={first['next_cursor']}", headers=doctor.headers)

    assert [one["id"] for one in drafts["items"]] == [draft["id"]]
    assert [one["id"] for one in first["items"]] == [draft["id"], shown[2]["id"]]
    assert [one["id"] for one in rest.json()["items"]] == [shown[1]["id"], shown[0]["id"]]
    assert rest.json()["next_cursor"] is None


async def test_a_scheduled_post_is_published_when_its_time_comes(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    write_post: Written,
    sessions: Sessions,
    session: AsyncSession,
) -> None:
    at = now() + timedelta(seconds=0.3)
    post = await write_post(publish_at=at.isoformat())
    assert post["status"] == "SCHEDULED"
    async with sessions.begin() as early:
        assert await publish_due_posts(early) == 0

    await asyncio.sleep(0.35)
    async with sessions.begin() as due:
        assert await publish_due_posts(due) == 1
    shown = await client.get(f"/api/v1/cms/posts/{post['id']}")
    assert shown.json()["status"] == "PUBLISHED"
    assert len(await published(session, PostPublished)) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "post-empty"),
        ({"content_type": "IMAGE", "body": "see"}, "post-empty"),
        ({"body": "a\x00b"}, "validation-failed"),
        ({"body": "x", "publish_at": "2020-01-01T00:00:00Z"}, "publish-time-passed"),
        ({"body": "x", "publish_at": "9999-12-31T23:59:00-12:00"}, "validation-failed"),
        ({"body": "x", "content_type": "COURSE_CARD"}, "validation-failed"),
        ({"body": "x", "media_urls": ["javascript:alert(1)"]}, "validation-failed"),
        ({"body": "x", "likes": 5}, "validation-failed"),
        ({"body": 5}, "validation-failed"),
    ],
)
async def test_a_post_that_says_nothing_or_nonsense_is_refused(
    client: httpx2.AsyncClient, doctor: TestCaller, body: dict[str, Any], code: str
) -> None:
    refused = await client.post("/api/v1/cms/posts", json=body, headers=doctor.headers)

    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b'{"body":' + b"[" * 50_000, 400),
        (b'{"body":"\\ud800"}', 422),
        (b'{"body": NaN}', 422),
        (b"x" * 1_200_000, 413),
    ],
)
async def test_a_malformed_body_is_answered_with_a_problem(
    client: httpx2.AsyncClient, doctor: TestCaller, content: bytes, status: int
) -> None:
    headers = doctor.headers | {"Content-Type": "application/json"}
    refused = await client.post("/api/v1/cms/posts", content=content, headers=headers)

    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"


async def test_a_post_in_a_channel_needs_the_channel_to_be_ones_own(
    client: httpx2.AsyncClient, doctor: TestCaller, reader: TestCaller, make_caller: MakeCaller
) -> None:
    channel = await client.post(
        "/api/v1/cms/channels", json={"name": "Heart Institute"}, headers=doctor.headers
    )
    body = {"body": "x", "status": "PUBLISHED", "channel_id": channel.json()["id"]}
    mine = await client.post("/api/v1/cms/posts", json=body, headers=doctor.headers)
    theirs = await client.post("/api/v1/cms/posts", json=body, headers=reader.headers)

    assert (mine.status_code, theirs.status_code) == (201, 404)
    page = await client.get(f"/api/v1/feed/channels/{body['channel_id']}/posts")
    [item] = page.json()["items"]
    assert item["channel"]["slug"] == "heart-institute"
