"""Avatars: chosen before or after they are ready."""

from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.media.models import Asset, AssetStatus
from auth_service.subscriptions import SUBSCRIPTIONS
from contracts.auth import UserProfileUpdated
from contracts.media import (
    MediaDeleted,
    MediaFailed,
    MediaKind,
    MediaProcessed,
    MediaUploaded,
    Purpose,
    Rendition,
)
from servicekit.ids import uuid7
from servicekit.testing.messages import envelope, published, receive
from servicekit.testing.people import MakePerson, SignedIn

ON_UPLOADED, ON_PROCESSED, ON_FAILED, ON_DELETED = SUBSCRIPTIONS[:4]
AVATAR = "/api/v1/profile/me/avatar"


def uploaded(asset_id: UUID, owner_id: UUID, purpose: Purpose = Purpose.AVATAR) -> MediaUploaded:
    return MediaUploaded(
        version=1,
        asset_id=asset_id,
        owner_id=owner_id,
        purpose=purpose,
        kind=MediaKind.IMAGE,
        key=f"quarantine/{asset_id}",
        content_type="image/jpeg",
        filename="me.jpg",
        size_bytes=1000,
        sha256="00" * 32,
    )


def processed(asset_id: UUID, owner_id: UUID, purpose: Purpose = Purpose.AVATAR) -> MediaProcessed:
    names = ("full", "card", "thumbnail", "avatar")
    return MediaProcessed(
        version=1,
        media_job_id=uuid7(),
        asset_id=asset_id,
        owner_id=owner_id,
        purpose=purpose,
        kind=MediaKind.IMAGE,
        key=f"public/{asset_id}/full.webp",
        content_type="image/webp",
        size_bytes=1000,
        sha256="00" * 32,
        filename="me.jpg",
        renditions=[
            Rendition(
                name=name,
                key=f"public/{asset_id}/{name}.webp",
                content_type="image/webp",
                size_bytes=1000,
            )
            for name in names
        ],
    )


def failed(asset_id: UUID, owner_id: UUID) -> MediaFailed:
    return MediaFailed(
        version=1,
        media_job_id=uuid7(),
        asset_id=asset_id,
        owner_id=owner_id,
        purpose=Purpose.AVATAR,
        reason="It is not an image.",
    )


@pytest.fixture
async def heard(session: AsyncSession, settings: Any) -> AsyncSession:
    """A session like the worker's."""
    session.info["settings"] = settings
    return session


async def choose(client: httpx2.AsyncClient, person: SignedIn, asset_id: UUID) -> httpx2.Response:
    return await client.post(AVATAR, json={"asset_id": str(asset_id)}, headers=person.headers)


async def test_a_ready_asset_becomes_the_avatar_at_once(
    client: httpx2.AsyncClient, person: SignedIn, heard: AsyncSession
) -> None:
    asset_id = uuid7()
    await receive(heard, ON_UPLOADED, uploaded(asset_id, person.id))
    await receive(heard, ON_PROCESSED, processed(asset_id, person.id))
    avatar = (await choose(client, person, asset_id)).json()["avatar"]

    address = f"http://localhost:8000/storage/public/{asset_id}/avatar.webp"
    assert (avatar["status"], avatar["url"]) == ("READY", address)
    assert set(avatar["variants"]) == {"full", "card", "thumbnail", "avatar"}
    [event] = await published(heard, UserProfileUpdated)
    assert event.person.avatar_url == address


async def test_an_avatar_that_is_not_ready_appears_by_itself(
    client: httpx2.AsyncClient, person: SignedIn, heard: AsyncSession
) -> None:
    asset_id = uuid7()
    waiting = (await choose(client, person, asset_id)).json()["avatar"]
    await receive(heard, ON_UPLOADED, uploaded(asset_id, person.id))
    assert await published(heard, UserProfileUpdated) == []
    message = envelope(processed(asset_id, person.id))

    assert await receive(heard, ON_PROCESSED, message) is True
    assert await receive(heard, ON_PROCESSED, message) is False
    assert (waiting["asset_id"], waiting["status"]) == (str(asset_id), "PROCESSING")
    me = (await client.get("/api/v1/users/me", headers=person.headers)).json()
    assert me["avatar"]["status"] == "READY"
    [event] = await published(heard, UserProfileUpdated)
    assert event.person.avatar_url == me["avatar"]["url"]


async def test_somebody_elses_asset_never_becomes_an_avatar(
    client: httpx2.AsyncClient, person: SignedIn, make_person: MakePerson, heard: AsyncSession
) -> None:
    thief, asset_id = await make_person(), uuid7()
    early = await choose(client, thief, asset_id)
    await receive(heard, ON_PROCESSED, processed(asset_id, person.id))
    late = await choose(client, thief, asset_id)

    assert (early.status_code, late.status_code) == (200, 404)
    me = (await client.get("/api/v1/users/me", headers=thief.headers)).json()
    assert me["avatar"] is None
    assert await published(heard, UserProfileUpdated) == []


async def test_an_asset_for_something_else_is_refused(
    client: httpx2.AsyncClient, person: SignedIn, heard: AsyncSession
) -> None:
    asset_id = uuid7()
    await receive(heard, ON_PROCESSED, processed(asset_id, person.id, Purpose.LICENSE))
    answer = await choose(client, person, asset_id)

    assert (answer.status_code, answer.json()["code"]) == (409, "asset-unfit")


async def test_a_failed_asset_leaves_the_former_picture(
    client: httpx2.AsyncClient, person: SignedIn, heard: AsyncSession
) -> None:
    good, bad = uuid7(), uuid7()
    await receive(heard, ON_PROCESSED, processed(good, person.id))
    await choose(client, person, good)
    await choose(client, person, bad)
    await receive(heard, ON_FAILED, failed(bad, person.id))

    me = (await client.get("/api/v1/users/me", headers=person.headers)).json()
    assert (me["avatar"]["asset_id"], me["avatar"]["status"]) == (str(good), "READY")
    again = await choose(client, person, bad)
    assert (again.status_code, again.json()["detail"]) == (409, "It is not an image.")


async def test_news_in_the_wrong_order_never_takes_a_step_back(
    person: SignedIn, heard: AsyncSession
) -> None:
    asset_id = uuid7()
    await receive(heard, ON_PROCESSED, processed(asset_id, person.id))
    await receive(heard, ON_UPLOADED, uploaded(asset_id, person.id))
    await receive(heard, ON_FAILED, failed(asset_id, person.id))

    asset = await heard.scalar(select(Asset))
    assert asset is not None
    assert asset.status is AssetStatus.READY


async def test_assets_of_other_services_are_passed_over(
    person: SignedIn, heard: AsyncSession
) -> None:
    await receive(heard, ON_UPLOADED, uploaded(uuid7(), person.id, Purpose.LESSON))

    assert await heard.scalar(select(Asset)) is None


async def test_a_deleted_asset_is_no_picture_any_more(
    client: httpx2.AsyncClient, person: SignedIn, heard: AsyncSession
) -> None:
    asset_id = uuid7()
    await receive(heard, ON_PROCESSED, processed(asset_id, person.id))
    await choose(client, person, asset_id)
    gone = MediaDeleted(
        version=2, asset_id=asset_id, owner_id=person.id, purpose=Purpose.AVATAR, keys=[]
    )
    await receive(heard, ON_DELETED, gone)
    await receive(heard, ON_PROCESSED, processed(asset_id, person.id))

    me = (await client.get("/api/v1/users/me", headers=person.headers)).json()
    assert me["avatar"] is None
    assert (await choose(client, person, asset_id)).status_code == 404
    events = await published(heard, UserProfileUpdated)
    assert [event.person.avatar_url is None for event in events] == [False, True]


async def test_an_avatar_can_be_taken_away(
    client: httpx2.AsyncClient, person: SignedIn, heard: AsyncSession
) -> None:
    asset_id = uuid7()
    await receive(heard, ON_PROCESSED, processed(asset_id, person.id))
    await choose(client, person, asset_id)
    answer = await client.patch("/api/v1/profile/me", json={"avatar": None}, headers=person.headers)

    assert answer.json()["avatar"] is None
    assert (await published(heard, UserProfileUpdated))[-1].person.avatar_url is None
