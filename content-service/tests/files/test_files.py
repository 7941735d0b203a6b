"""Small files: sent in one step, listed, downloaded, refused."""

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.subscriptions import SUBSCRIPTIONS
from contracts.media import MediaProcessed, MediaUploaded, Purpose
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published, receive
from servicekit.testing.plugin import MakeCaller


@pytest.fixture
def owner(make_caller: MakeCaller) -> TestCaller:
    return make_caller()


def made_of(uploaded: MediaUploaded) -> MediaProcessed:
    return MediaProcessed(
        version=2,
        media_job_id=uuid7(),
        asset_id=uploaded.asset_id,
        owner_id=uploaded.owner_id,
        purpose=uploaded.purpose,
        kind=uploaded.kind,
        key=f"private/{uploaded.asset_id}/x.txt",
        content_type="text/plain",
        size_bytes=20,
        sha256="0" * 64,
        filename=uploaded.filename,
    )


async def test_a_small_file_goes_in_one_step(
    client: httpx2.AsyncClient, owner: TestCaller, session: AsyncSession
) -> None:
    sent = await client.post(
        "/api/v1/files/upload",
        files={"file": ("../../My notes.txt", b"Ward round at nine.\n", "text/plain")},
        headers=owner.headers,
    )

    assert sent.status_code == 201, sent.text
    assert (sent.json()["status"], sent.json()["filename"]) == ("UPLOADED", "My notes.txt")
    assert sent.headers["location"] == f"/api/v1/media/assets/{sent.json()['id']}"
    mine = (await client.get("/api/v1/files/my-files", headers=owner.headers)).json()
    assert [one["id"] for one in mine["items"]] == [sent.json()["id"]]
    [uploaded] = await published(session, MediaUploaded)
    assert uploaded.purpose is Purpose.ATTACHMENT


async def test_a_file_is_downloaded_under_its_name(
    client: httpx2.AsyncClient, owner: TestCaller, session: AsyncSession
) -> None:
    sent = await client.post(
        "/api/v1/files/upload",
        files={"file": ("notes.txt", b"Ward round at nine.\n", "text/plain")},
        headers=owner.headers,
    )
    path = f"/api/v1/files/download/{sent.json()['id']}"
    early = await client.get(path, headers=owner.headers)
    [uploaded] = await published(session, MediaUploaded)
    [subscription] = [one for one in SUBSCRIPTIONS if one.event is MediaProcessed]
    await receive(session, subscription, made_of(uploaded))
    found = await client.get(path, headers=owner.headers)

    assert (early.status_code, found.status_code) == (409, 307)
    assert "filename=notes.txt" in found.headers["location"]


async def test_a_program_is_not_a_file_that_is_taken(
    client: httpx2.AsyncClient, owner: TestCaller
) -> None:
    refused = await client.post(
        "/api/v1/files/upload",
        files={"file": ("notes.txt", b"\x7fELF\x02\x01\x01" + b"\0" * 100, "text/plain")},
        headers=owner.headers,
    )

    assert (refused.status_code, refused.json()["code"]) == (422, "upload-type-refused")
