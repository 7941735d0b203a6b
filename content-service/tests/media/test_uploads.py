"""Uploads: announced, sent, confirmed, worked on, refused."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from content_service.media.models import Asset
from content_service.media.service import expire_uploads
from content_service.subscriptions import SUBSCRIPTIONS
from contracts.media import (
    MediaDeleted,
    MediaFailed,
    MediaKind,
    MediaProcessed,
    MediaProgressed,
    MediaUploaded,
    Rendition,
)
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging import Subscription
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import envelope, published, receive
from servicekit.testing.plugin import MakeCaller

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360"
    "000002000001e221bc330000000049454e44ae426082"
)
PLAYLIST = b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"

Send = Callable[..., Awaitable[httpx2.Response]]
Upload = Callable[..., Awaitable[str]]


@pytest.fixture
def owner(make_caller: MakeCaller) -> TestCaller:
    return make_caller()


@pytest.fixture
def announce(client: httpx2.AsyncClient, owner: TestCaller) -> Send:
    async def ask(**more: Any) -> httpx2.Response:
        body = {
            "filename": "me.png",
            "content_type": "image/png",
            "size_bytes": len(PNG),
            "purpose": "AVATAR",
        }
        return await client.post("/api/v1/media/upload", json=body | more, headers=owner.headers)

    return ask


@pytest.fixture
def upload(client: httpx2.AsyncClient, announce: Send) -> Upload:
    """Announce and send a file; the asset's id."""

    async def send(content: bytes = PNG, **more: Any) -> str:
        announced = (await announce(size_bytes=len(content), **more)).json()
        sent = await client.put(
            announced["upload_url"], content=content, headers=announced["headers"]
        )
        assert sent.status_code == 200, sent.text
        return str(announced["asset_id"])

    return send


@pytest.fixture
def confirm(client: httpx2.AsyncClient, owner: TestCaller) -> Send:
    async def ask(asset_id: str, **more: Any) -> httpx2.Response:
        body = {"asset_id": asset_id} | more
        return await client.post("/api/v1/media/upload/confirm", json=body, headers=owner.headers)

    return ask


def row(event: type[Any]) -> Subscription:
    [found] = [one for one in SUBSCRIPTIONS if one.event is event]
    return found


def processed(uploaded: MediaUploaded, *, version: int = 2) -> MediaProcessed:
    key = f"public/{uploaded.asset_id}/full.webp"
    small = Rendition(
        name="avatar",
        key=f"public/{uploaded.asset_id}/avatar.webp",
        content_type="image/webp",
        size_bytes=10,
        width=1,
        height=1,
    )
    return MediaProcessed(
        version=version,
        media_job_id=uuid7(),
        asset_id=uploaded.asset_id,
        owner_id=uploaded.owner_id,
        purpose=uploaded.purpose,
        kind=uploaded.kind,
        key=key,
        content_type="image/webp",
        size_bytes=20,
        sha256="0" * 64,
        filename=uploaded.filename,
        renditions=[small],
    )


async def test_a_confirmed_upload_is_announced_once(
    upload: Upload, confirm: Send, session: AsyncSession
) -> None:
    asset_id = await upload()
    first, again = await confirm(asset_id), await confirm(asset_id)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["status"] == "UPLOADED"
    [event] = await published(session, MediaUploaded)
    assert (str(event.asset_id), event.kind, event.size_bytes) == (
        asset_id,
        MediaKind.IMAGE,
        len(PNG),
    )


async def test_news_from_the_worker_makes_the_asset_ready_and_never_goes_back(
    client: httpx2.AsyncClient,
    owner: TestCaller,
    upload: Upload,
    confirm: Send,
    session: AsyncSession,
) -> None:
    asset_id = await upload()
    await confirm(asset_id)
    [uploaded] = await published(session, MediaUploaded)
    common = uploaded.model_dump(include={"asset_id", "owner_id", "purpose"})
    started = MediaProgressed(version=1, media_job_id=uuid7(), percent=40, **common)
    assert await receive(session, row(MediaProgressed), started) is True
    working = (await client.get(f"/api/v1/media/assets/{asset_id}", headers=owner.headers)).json()
    assert (working["status"], working["percent"], working["url"]) == ("PROCESSING", 40, None)

    done = envelope(processed(uploaded))
    assert await receive(session, row(MediaProcessed), done) is True
    assert await receive(session, row(MediaProcessed), done) is False
    late = MediaProgressed(version=1, media_job_id=uuid7(), percent=60, **common)
    assert await receive(session, row(MediaProgressed), late) is True

    asset = (await client.get(f"/api/v1/media/assets/{asset_id}", headers=owner.headers)).json()
    assert (asset["status"], asset["percent"]) == ("READY", 100)
    assert asset["url"] == f"http://localhost:8000/storage/public/{asset_id}/full.webp"
    [variant] = asset["variants"]
    assert variant["name"] == "avatar"
    assert variant["url"].endswith(f"/storage/public/{asset_id}/avatar.webp")
    address = await client.get(
        f"/api/v1/media/assets/{asset_id}/url?variant=avatar", headers=owner.headers
    )
    assert address.json() == {"url": variant["url"], "expires_at": None}


async def test_a_failure_in_the_worker_tells_its_reason(
    client: httpx2.AsyncClient,
    owner: TestCaller,
    upload: Upload,
    confirm: Send,
    session: AsyncSession,
) -> None:
    asset_id = await upload()
    await confirm(asset_id)
    [uploaded] = await published(session, MediaUploaded)
    common = uploaded.model_dump(include={"asset_id", "owner_id", "purpose"})
    failed = MediaFailed(version=1, media_job_id=uuid7(), reason="Truncated.", **common)
    await receive(session, row(MediaFailed), failed)

    asset = (await client.get(f"/api/v1/media/assets/{asset_id}", headers=owner.headers)).json()
    assert (asset["status"], asset["failure_reason"]) == ("FAILED", "Truncated.")
    url = await client.get(f"/api/v1/media/assets/{asset_id}/url", headers=owner.headers)
    assert (url.status_code, url.json()["code"]) == (409, "asset-not-ready")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"content_type": "image/svg+xml"}, "upload-type-refused"),
        ({"content_type": "video/mp4"}, "upload-type-refused"),
        ({"size_bytes": 50_000_000}, "upload-size-refused"),
        ({"size_bytes": 0}, "validation-failed"),
        ({"filename": "a\x00b.png"}, "validation-failed"),
        ({"purpose": "SCORM", "content_type": "application/zip"}, "not-yet-supported"),
        ({"colour": "red"}, "validation-failed"),
    ],
)
async def test_a_wish_that_does_not_suit_its_purpose_is_refused(
    announce: Send, more: dict[str, Any], code: str
) -> None:
    refused = await announce(**more)

    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_a_playlist_named_mp4_fails_by_its_content(
    client: httpx2.AsyncClient,
    owner: TestCaller,
    upload: Upload,
    confirm: Send,
    session: AsyncSession,
) -> None:
    asset_id = await upload(
        PLAYLIST, filename="evil.mp4", content_type="video/mp4", purpose="LESSON"
    )
    refused = await confirm(asset_id)

    assert (refused.status_code, refused.json()["code"]) == (422, "upload-type-refused")
    asset = (await client.get(f"/api/v1/media/assets/{asset_id}", headers=owner.headers)).json()
    assert asset["status"] == "FAILED"
    assert "text/plain" in asset["failure_reason"]
    assert await published(session, MediaUploaded) == []
    [removal] = await published(session, MediaDeleted)
    assert removal.keys == [f"quarantine/{asset_id}"]


async def test_a_picture_announced_as_a_document_fails(upload: Upload, confirm: Send) -> None:
    asset_id = await upload(PNG, content_type="application/pdf", purpose="LICENSE")

    assert (await confirm(asset_id)).json()["code"] == "upload-type-refused"


async def test_a_wrong_checksum_fails(upload: Upload, confirm: Send) -> None:
    refused = await confirm(await upload(), sha256="0" * 64)

    assert (refused.status_code, refused.json()["code"]) == (422, "upload-damaged")


async def test_an_upload_of_another_size_leaves_nothing(
    client: httpx2.AsyncClient, announce: Send, confirm: Send
) -> None:
    announced = (await announce()).json()
    longer = await client.put(
        announced["upload_url"], content=PNG + b"x", headers=announced["headers"]
    )

    async def trickle() -> Any:
        yield PNG
        yield b"more"

    streamed = await client.put(
        announced["upload_url"], content=trickle(), headers=announced["headers"]
    )
    missing = await confirm(announced["asset_id"])

    assert (longer.status_code, longer.json()["code"]) == (422, "upload-size-refused")
    assert (streamed.status_code, streamed.json()["code"]) == (422, "upload-size-refused")
    assert (missing.status_code, missing.json()["code"]) == (409, "upload-missing")


@pytest.mark.parametrize(
    ("part", "other"),
    [("size=", "size=9"), ("quarantine/", "public/"), ("signature=", "signature=é")],
)
async def test_a_changed_upload_address_is_refused(
    client: httpx2.AsyncClient, announce: Send, part: str, other: str
) -> None:
    announced = (await announce()).json()
    changed = announced["upload_url"].replace(part, other)
    refused = await client.put(changed, content=PNG, headers=announced["headers"])

    assert (refused.status_code, refused.json()["code"]) == (403, "upload-not-signed")


async def test_nobody_sees_or_deletes_anothers_asset(
    client: httpx2.AsyncClient, make_caller: MakeCaller, upload: Upload
) -> None:
    asset_id, other = await upload(), make_caller()
    path = f"/api/v1/media/assets/{asset_id}"
    answers = [
        await client.get(path, headers=other.headers),
        await client.get(f"{path}/url", headers=other.headers),
        await client.delete(path, headers=other.headers),
        await client.post(
            "/api/v1/media/upload/confirm", json={"asset_id": asset_id}, headers=other.headers
        ),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (await client.get(path)).status_code == 401


async def test_deleting_takes_every_object_and_is_repeatable(
    client: httpx2.AsyncClient,
    owner: TestCaller,
    upload: Upload,
    confirm: Send,
    session: AsyncSession,
) -> None:
    asset_id = await upload()
    await confirm(asset_id)
    [uploaded] = await published(session, MediaUploaded)
    await receive(session, row(MediaProcessed), processed(uploaded))
    path = f"/api/v1/media/assets/{asset_id}"
    gone = [(await client.delete(path, headers=owner.headers)).status_code for _ in range(2)]

    assert gone == [204, 204]
    assert (await client.get(path, headers=owner.headers)).status_code == 404
    [removal] = await published(session, MediaDeleted)
    assert set(removal.keys) == {
        f"public/{asset_id}/full.webp",
        f"public/{asset_id}/avatar.webp",
    }


async def test_what_the_worker_makes_of_a_deleted_asset_goes_too(
    client: httpx2.AsyncClient,
    owner: TestCaller,
    upload: Upload,
    confirm: Send,
    session: AsyncSession,
) -> None:
    asset_id = await upload()
    await confirm(asset_id)
    await client.delete(f"/api/v1/media/assets/{asset_id}", headers=owner.headers)
    [uploaded] = await published(session, MediaUploaded)
    await receive(session, row(MediaProcessed), processed(uploaded))

    first, second = await published(session, MediaDeleted)
    assert first.keys == [f"quarantine/{asset_id}"]
    assert len(second.keys) == 2
    assert second.version > first.version


async def test_objects_are_signed_for_their_owner_alone(
    client: httpx2.AsyncClient,
    owner: TestCaller,
    make_caller: MakeCaller,
    upload: Upload,
    confirm: Send,
    session: AsyncSession,
) -> None:
    asset_id = await upload(purpose="LICENSE")
    await confirm(asset_id)
    [uploaded] = await published(session, MediaUploaded)
    made = processed(uploaded).model_copy(
        update={"key": f"private/{asset_id}/full.webp", "renditions": []}
    )
    await receive(session, row(MediaProcessed), made)
    path = f"/api/v1/storage/sign?key=private/{asset_id}/full.webp"
    mine = await client.get(path, headers=owner.headers)
    theirs = await client.get(path, headers=make_caller().headers)
    other_key = await client.get(
        f"/api/v1/storage/sign?key=private/{asset_id}/other", headers=owner.headers
    )

    assert mine.status_code == 200
    assert "signature=" in mine.json()["url"]
    assert mine.json()["expires_at"]
    assert (theirs.status_code, other_key.status_code) == (404, 404)


async def test_an_upload_that_nobody_confirms_fails_in_the_end(
    client: httpx2.AsyncClient, owner: TestCaller, upload: Upload, sessions: Sessions
) -> None:
    asset_id = await upload()
    async with sessions.begin() as early:
        assert await expire_uploads(early) == 0
        await early.execute(update(Asset).values(expires_at=now() - timedelta(hours=2)))
    async with sessions.begin() as late:
        assert await expire_uploads(late) == 1

    asset = (await client.get(f"/api/v1/media/assets/{asset_id}", headers=owner.headers)).json()
    assert (asset["status"], asset["failure_reason"]) == (
        "FAILED",
        "The upload was never confirmed.",
    )
    async with sessions() as session:
        [removal] = await published(session, MediaDeleted)
    assert removal.keys == [f"quarantine/{asset_id}"]
