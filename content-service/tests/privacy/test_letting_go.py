"""Somebody is no more: what they wrote, uploaded, liked and followed."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.database import Model
from content_service.media.models import Asset
from content_service.people.models import Person
from content_service.posts.models import Post
from content_service.search.models import Document
from contracts.auth import UserRegistered
from contracts.content import ContentType
from contracts.course import CourseArchived, CoursePublished, CourseUpdated
from contracts.event import Event
from contracts.event import Person as PublicPerson
from contracts.media import MediaDeleted
from contracts.privacy import ErasureCompleted
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.privacy import deletion_of, everything

CANARY = "Canarina Quill"
API = "/api/v1"

Hear = Callable[[Event], Awaitable[bool]]
Written = Callable[..., Awaitable[dict[str, Any]]]
News = Callable[..., UserRegistered]


async def post(client: httpx2.AsyncClient, path: str, by: TestCaller, **body: Any) -> Any:
    answer = await client.post(f"{API}/{path}", json=body or None, headers=by.headers)
    assert answer.status_code < 300, answer.text
    return answer.json()


def course_by(author: TestCaller) -> CoursePublished:
    return CoursePublished(
        version=1,
        course_id=uuid7(),
        author_id=author.user_id,
        title="Reading an ECG",
        slug="reading-an-ecg",
        description="From the strip to the treatment",
        category="cardiology",
        specialty_tags=[],
        pricing_type="FREE",
        amount_minor=0,
        currency="INR",
        visibility="PUBLIC",
        person=PublicPerson(full_name=CANARY),
        published_at="2026-11-21T00:00:00Z",
    )


async def test_nothing_that_a_person_did_is_left(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    doctor: TestCaller,
    reader: TestCaller,
    write_post: Written,
    hear: Hear,
    registered: News,
) -> None:
    await hear(registered(doctor.user_id, full_name=CANARY, headline=f"{CANARY}, MD"))
    own = await write_post(title=f"By {CANARY}", body=f"#Canarina {CANARY}")
    patch = {"body": f"{CANARY} again"}
    await client.patch(f"{API}/cms/posts/{own['id']}", json=patch, headers=doctor.headers)
    other = await write_post(author=reader)
    path = f"interactions/posts/{other['id']}"
    await post(client, f"{path}/comments", doctor, body=f"{CANARY} was here")
    for deed in ("like", "bookmark"):
        await post(client, f"{path}/{deed}", doctor)
    upload = {"filename": f"{CANARY}.png", "content_type": "image/png", "size_bytes": 100}
    asset = await post(client, "media/upload", doctor, **upload, purpose="POST")
    await post(client, "cms/channels", doctor, name=CANARY, description=CANARY)
    assert "anarina" in await everything(session, Model.metadata)
    await session.rollback()

    deleted = deletion_of(doctor.user_id)
    assert await hear(deleted)

    assert "anarina" not in await everything(session, Model.metadata)
    read = await client.get(f"{API}/cms/posts/{own['id']}", headers=reader.headers)
    assert read.status_code == 404
    left = await session.get(Post, other["id"])
    assert left is not None
    assert (left.like_count, left.bookmark_count, left.comment_count) == (0, 0, 0)
    comments = await client.get(f"{API}/{path}/comments", headers=reader.headers)
    assert comments.json()["items"] == []
    [gone] = await published(session, MediaDeleted)
    assert (str(gone.asset_id), gone.owner_id) == (asset["asset_id"], deleted.tombstone_id)
    [answer] = await published(session, ErasureCompleted)
    assert (answer.service, answer.counts["comments"]) == ("content-service", 1)


async def test_a_course_is_found_without_its_author(
    client: httpx2.AsyncClient, session: AsyncSession, doctor: TestCaller, hear: Hear
) -> None:
    course = course_by(doctor)
    await hear(course)
    deleted = deletion_of(doctor.user_id)
    await hear(deleted)

    assert "anarina" not in await everything(session, Model.metadata)
    [card] = await session.scalars(select(Post).where(Post.content_type == ContentType.COURSE_CARD))
    assert card.feed_id is not None
    assert card.card["author"]["full_name"] == "deleted person"
    nobody = PublicPerson(full_name="deleted person")
    told = {"version": 2, "author_id": deleted.tombstone_id, "person": nobody}
    await hear(CourseUpdated(**(course.model_dump() | told)))
    found = await client.get(f"{API}/search/courses", params={"q": "ECG"})
    assert [one["title"] for one in found.json()["items"]] == ["Reading an ECG"]


async def test_late_news_bring_nobody_back(
    session: AsyncSession, doctor: TestCaller, hear: Hear, registered: News
) -> None:
    await hear(deletion_of(doctor.user_id))
    await hear(registered(doctor.user_id, full_name=CANARY))
    await hear(course_by(doctor))

    assert await session.get(Person, doctor.user_id) is None
    assert "anarina" not in await everything(session, Model.metadata)


async def test_the_wish_twice_is_answered_once(
    session: AsyncSession, doctor: TestCaller, hear: Hear
) -> None:
    deleted = deletion_of(doctor.user_id)
    await hear(deleted)
    await hear(deleted.model_copy(update={"version": 10}))

    assert len(await published(session, ErasureCompleted)) == 1
    assert list(await session.scalars(select(Asset))) == []


async def test_what_an_erased_author_offered_can_still_end(
    client: httpx2.AsyncClient, session: AsyncSession, doctor: TestCaller, hear: Hear
) -> None:
    course = course_by(doctor)
    await hear(course)
    await hear(deletion_of(doctor.user_id))

    end = {"course_id": course.course_id, "author_id": doctor.user_id, "title": course.title}
    await hear(CourseArchived(version=2, **end))

    [card] = await session.scalars(select(Post).where(Post.content_type == ContentType.COURSE_CARD))
    assert card.deleted_at is not None
    found = await client.get(f"{API}/search/courses", params={"q": "ECG"})
    assert found.json()["items"] == []
    [document] = await session.scalars(select(Document).where(Document.id == course.course_id))
    assert document.owner_id != doctor.user_id
