"""What people take along: asked of everybody, packed once, told, fetched, forgotten."""

import asyncio
import io
import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from auth_service import archives
from auth_service.privacy import exports
from auth_service.privacy.consumers import note_export, record_part
from auth_service.privacy.events import part_of
from auth_service.privacy.models import Export
from auth_service.privacy.register import REGISTER
from auth_service.privacy.schedules import assemble_exports, forget_exports, sweep_exports
from auth_service.privacy.service import ANSWERING
from auth_service.settings import Settings
from contracts.privacy import ExportCompleted, ExportPartReady, ExportRequested
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging import on
from servicekit.messaging.hub import LiveHub
from servicekit.privacy.export import writing_exports
from servicekit.storage import Storage, new_storage
from servicekit.testing.messages import published, receive
from servicekit.testing.people import MakePerson, SignedIn
from servicekit.worker import WorkerContext

EXPORT = "/api/v1/users/me/export"


@pytest.fixture
def context(settings: Settings, engine: AsyncEngine, sessions: Sessions) -> WorkerContext[Any]:
    return WorkerContext(settings, engine, sessions, LiveHub(settings))


@pytest.fixture
def storage(settings: Settings) -> Storage:
    return new_storage(settings)


async def ask(client: httpx2.AsyncClient, person: SignedIn) -> httpx2.Response:
    return await client.get(EXPORT, headers=person.headers)


async def answer_all(
    session: AsyncSession, context: WorkerContext[Any], storage: Storage, *, but: str = ""
) -> ExportRequested:
    """This service writes its part; of the others something arrives."""
    [wish] = await published(session, ExportRequested)
    await receive(session, on(ExportRequested, note_export), wish)
    await writing_exports(REGISTER, part_of).function(context)
    [own] = await published(session, ExportPartReady)
    await storage.put("private/theirs/photo.png", b"a photo")
    files = {"files/../1/photo.png": "private/theirs/photo.png", "files/gone": "private/gone"}
    for name in set(ANSWERING) - {"auth-service", but}:
        part = own.model_copy(update={"service": name, "files": files})
        await receive(session, on(ExportPartReady, record_part), part.stamped(uuid7(), now()))
    await receive(session, on(ExportPartReady, record_part), own)
    return wish


async def keys(storage: Storage, wish: ExportRequested) -> list[str]:
    return [key async for key in storage.list(wish.prefix.removesuffix("parts/"))]


async def test_everything_comes_in_one_archive(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    context: WorkerContext[Any],
    storage: Storage,
    make_person: MakePerson,
) -> None:
    person = await make_person(full_name="Canarina Quill")
    stranger = await make_person(full_name="Ben Iyer")
    await client.post(f"/api/v1/social/{person.id}/block", headers=stranger.headers)
    first, again = await ask(client, person), await ask(client, person)
    assert (first.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert (first.json()["status"], first.json()["download_url"]) == ("PENDING", None)
    wish = await answer_all(session, context, storage)

    await assemble_exports(context)

    ready = await ask(client, person)
    assert (ready.status_code, ready.json()["status"]) == (200, "READY")
    [key] = await keys(storage, wish)
    assert key in ready.json()["download_url"]
    with zipfile.ZipFile(io.BytesIO(await storage.get(key))) as archive:
        names = set(archive.namelist())
        held = json.loads(archive.read("auth-service.json"))
        assert archive.read("files/1/photo.png") == b"a photo"
    assert names == {"README.txt", "files/1/photo.png", *(f"{one}.json" for one in ANSWERING)}
    [account] = held["users"]
    assert (account["full_name"], account["email"]) == ("Canarina Quill", person.email)
    assert "password_hash" not in account
    # Who blocks whom is the other's own business.
    assert held["barriers"] == []
    [told] = await published(session, ExportCompleted)
    assert (told.user_id, told.missing) == (person.id, [])


async def test_a_service_that_does_not_answer_is_named(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    context: WorkerContext[Any],
    storage: Storage,
    person: SignedIn,
) -> None:
    await ask(client, person)
    await answer_all(session, context, storage, but="course-service")
    await assemble_exports(context)
    assert (await ask(client, person)).status_code == 202
    await session.execute(update(Export).values(deadline=now() - timedelta(seconds=1)))
    await session.commit()

    await assemble_exports(context)

    assert (await ask(client, person)).json()["missing_services"] == ["course-service"]


async def test_it_expires_and_the_next_one_can_be_made(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    context: WorkerContext[Any],
    storage: Storage,
    person: SignedIn,
) -> None:
    before = await ask(client, person)
    wish = await answer_all(session, context, storage)
    await assemble_exports(context)
    await session.execute(update(Export).values(expires_at=now()))
    await session.commit()

    # Nobody has to wait until the old one is removed.
    after = await ask(client, person)
    await forget_exports(context)

    assert (after.status_code, after.json()["status"]) == (202, "PENDING")
    assert after.json()["id"] != before.json()["id"]
    assert (await ask(client, person)).json()["id"] == after.json()["id"]
    assert await keys(storage, wish) == []


async def test_whoever_leaves_leaves_no_archive(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    context: WorkerContext[Any],
    storage: Storage,
    person: SignedIn,
) -> None:
    await ask(client, person)
    wish = await answer_all(session, context, storage)
    gone = await client.delete("/api/v1/users/me", headers=person.headers)
    assert gone.status_code == 204

    await assemble_exports(context)
    await forget_exports(context)
    # Late, and noted by nobody.
    late = wish.model_copy()
    await receive(session, on(ExportRequested, note_export), late.stamped(uuid7(), now()))

    assert await keys(storage, wish) == []
    assert list(await session.scalars(select(Export))) == []
    assert await session.scalar(text("SELECT count(*) FROM export_wishes")) == 0


async def test_parts_that_came_too_late_for_anybody_are_swept_away(
    context: WorkerContext[Any],
    client: httpx2.AsyncClient,
    storage: Storage,
    session: AsyncSession,
    person: SignedIn,
) -> None:
    await ask(client, person)
    [wish] = await published(session, ExportRequested)
    orphan = f"private/exports/{uuid7()}/parts/payment-service.json"
    for key in (orphan, "private/exports/odd", f"{wish.prefix}payment-service.json"):
        await storage.put(key, b"{}")

    await sweep_exports(context)

    left = [key async for key in storage.list("private/exports/")]
    assert left == [f"{wish.prefix}payment-service.json"]


async def test_two_workers_that_pack_the_same_spoil_nothing(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    context: WorkerContext[Any],
    storage: Storage,
    person: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first lost its lease while it packed, and ends after the second."""
    await ask(client, person)
    wish = await answer_all(session, context, storage)
    patiently = archives.pack

    async def slowly(*args: Any, **more: Any) -> Any:
        packed = await patiently(*args, **more)
        monkeypatch.setattr(exports, "pack", patiently)
        async with context.sessions.begin() as other:
            await other.execute(update(Export).values(due_at=now()))
        await assemble_exports(context)
        return packed

    monkeypatch.setattr(exports, "pack", slowly)
    await assemble_exports(context)

    ready = await ask(client, person)
    [key] = await keys(storage, wish)
    assert key in ready.json()["download_url"]
    assert len(await published(session, ExportCompleted)) == 1


async def test_the_lease_is_renewed_while_a_large_archive_is_packed(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    context: WorkerContext[Any],
    storage: Storage,
    person: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await ask(client, person)
    await answer_all(session, context, storage)
    patiently = archives.pack
    seen: list[datetime | None] = []

    async def slowly(*args: Any, **more: Any) -> Any:
        for _ in range(2):
            await asyncio.sleep(0.2)
            async with context.sessions() as other:
                seen.append(await other.scalar(select(Export.due_at)))
        return await patiently(*args, **more)

    monkeypatch.setattr(exports, "pack", slowly)
    monkeypatch.setattr(exports, "RENEW_SECS", 0.05)
    await assemble_exports(context)

    first, second = seen
    assert first is not None
    assert second is not None
    assert first < second


def test_what_another_worker_removes_meanwhile_disturbs_no_packing(tmp_path: Path) -> None:
    shelf = tmp_path / ".staging" / "exports"
    shelf.mkdir(parents=True)
    # Listed, but gone when it is looked at.
    (shelf / "theirs").symlink_to(shelf / "gone")

    with archives.scratch(str(tmp_path)) as folder:
        assert folder.is_dir()
