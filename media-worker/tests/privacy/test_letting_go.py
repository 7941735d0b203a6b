"""Somebody is no more: whose files were worked on."""

from collections.abc import Awaitable, Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import UserDeleted
from contracts.media import MediaKind, MediaUploaded
from contracts.privacy import ErasureCompleted
from media_worker.database import Model
from media_worker.jobs.consumers import queue_asset
from media_worker.jobs.models import Job
from media_worker.privacy.consumers import erase_person
from servicekit.messaging import on
from servicekit.testing.messages import published, receive
from servicekit.testing.privacy import deletion_of, everything

Upload = Callable[..., Awaitable[MediaUploaded]]
QUEUE, ERASE = on(MediaUploaded, queue_asset), on(UserDeleted, erase_person, batch=1)


async def test_jobs_stay_without_their_owner(session: AsyncSession, upload: Upload) -> None:
    uploaded = await upload(b"x", kind=MediaKind.PDF, content_type="application/pdf")
    named = uploaded.model_copy(update={"filename": "canarina.pdf"})
    await receive(session, QUEUE, named)
    deleted = deletion_of(named.owner_id)

    answers = [await receive(session, ERASE, deleted) for _ in range(2)]

    assert answers == [True, False]
    assert "canarina" not in await everything(session, Model.metadata)
    [job] = await session.scalars(select(Job))
    assert job.owner_id == deleted.tombstone_id
    [answer] = await published(session, ErasureCompleted)
    assert (answer.service, answer.counts) == ("media-worker", {"jobs": 1})


async def test_a_late_upload_is_no_work(session: AsyncSession, upload: Upload) -> None:
    uploaded = await upload(b"x", kind=MediaKind.PDF, content_type="application/pdf")
    await receive(session, ERASE, deletion_of(uploaded.owner_id))
    await receive(session, QUEUE, uploaded)

    assert list(await session.scalars(select(Job))) == []
