"""Copies keep what is newest, whatever arrives twice or late."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import UserProfileUpdated
from contracts.event import Person as PersonFacts
from contracts.media import MediaDeleted, MediaFailed, MediaUploaded, Purpose
from course_service.copies.models import Asset, Person
from servicekit.testing.callers import TestCaller


async def test_a_name_is_copied_once_and_older_news_does_not_return(
    session: AsyncSession, learner: TestCaller, hear: Any, registration: Any
) -> None:
    newer = UserProfileUpdated(
        version=3, user_id=learner.user_id, person=PersonFacts(full_name="Dr. Ravi Iyer")
    )
    assert await hear(newer) == [True]
    assert await hear(newer) == [False]
    assert await hear(registration(learner, "Ravi", version=1)) == [True]
    [person] = await session.scalars(select(Person))
    assert (person.full_name, person.version) == ("Dr. Ravi Iyer", 3)


async def test_an_asset_only_moves_forward(
    session: AsyncSession, author: TestCaller, hear: Any, processed: Any
) -> None:
    done = processed(author)
    facts = {"asset_id": done.asset_id, "owner_id": author.user_id, "purpose": Purpose.LESSON}
    failed = MediaFailed(version=1, media_job_id=done.media_job_id, reason="cut off", **facts)
    uploaded = MediaUploaded(
        version=1, **facts, **done.model_dump(include={"kind", "key", "content_type", "filename"}),
        size_bytes=1, sha256="0" * 64,
    )  # fmt: skip
    deleted = MediaDeleted(version=2, keys=[], **facts)
    for event, status in (
        (failed, "FAILED"),
        (uploaded, "FAILED"),
        (done, "PROCESSED"),
        (failed, "PROCESSED"),
        (deleted, "DELETED"),
        (done, "DELETED"),
    ):
        await hear(event)
        [moved] = await session.scalars(select(Asset))
        assert moved.status == status
    [asset] = await session.scalars(select(Asset))
    assert (asset.key, asset.hls) == (None, [])


async def test_of_files_for_anything_but_lessons_only_that_is_kept(
    session: AsyncSession, author: TestCaller, hear: Any, processed: Any
) -> None:
    await hear(processed(author, purpose=Purpose.LICENSE))
    [asset] = await session.scalars(select(Asset))
    assert (asset.purpose, asset.key, asset.filename, asset.hls) == ("LICENSE", None, None, [])
