"""What people take along: asked of every service, packed when all have answered or time is up."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.archives import pack, scratch
from auth_service.privacy.events import completion_of, wish_of
from auth_service.privacy.models import EXPORTS, Export
from auth_service.privacy.queries import (
    add_part,
    begin_export,
    claim_export,
    find_expired_export,
    list_exports,
    list_parts,
    lock_export,
    renew_lease,
)
from auth_service.privacy.service import ANSWERING
from contracts.privacy import ExportPartReady
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.messaging import publish
from servicekit.storage import Storage

LEASE = timedelta(minutes=15)
RENEW_SECS = 60.0

log = logging.getLogger(__name__)


async def request_export(session: AsyncSession, *, by: Principal) -> Export:
    """The caller's export: a new one, unless one is under way or can still be fetched."""
    export, is_new = await begin_export(session, by.user_id, at=now())
    if is_new:
        publish(session, wish_of(export))
    return export


async def record_part(session: AsyncSession, part: ExportPartReady) -> None:
    """A service has written its part; what comes after the end is not waited for any more."""
    export = await lock_export(session, part.export_id)
    if export is not None and export.ready_at is None:
        await add_part(session, part)


async def assemble_export(sessions: Sessions, storage: Storage, *, storage_root: str) -> bool:
    """Pack one archive whose parts are there, or whose time is up. False if there is none.

    Two short transactions around the work; whoever left meanwhile leaves no archive behind.
    """
    async with sessions.begin() as session:
        export = await claim_export(session, at=now(), lease=LEASE, answers=len(ANSWERING))
        if export is None:
            return False
        parts = await list_parts(session, export.id)
    missing = sorted(set(ANSWERING) - {part.service for part in parts})
    objects = {f"{part.service}.json": part.key for part in parts}
    objects |= {name: key for part in parts for name, key in part.files.items()}
    async with _holding(sessions, export.id):
        with scratch(storage_root) as folder:
            archive = await pack(storage, objects, folder=folder, missing=missing)
            await storage.put_file(export.key, archive)

    async with sessions.begin() as session:
        stored = await lock_export(session, export.id)
        wanted = stored is not None and stored.expires_at is None
        if stored is not None and wanted:
            expires_at = stored.finish(missing, now())
            publish(session, completion_of(stored, expires_at=expires_at))
    # Somebody else may have packed the same meanwhile: that archive is the person's.
    if stored is None or stored.ready_at is None:
        await storage.delete(export.key)
    for part in parts:
        await storage.delete(part.key)
    log.info("an export is ready", extra={"export_id": str(export.id), "missing": missing})
    return True


@asynccontextmanager
async def _holding(sessions: Sessions, export_id: UUID) -> AsyncIterator[None]:
    """Nobody else packs this export meanwhile, however long it takes."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(RENEW_SECS)
            with suppress(OSError, SQLAlchemyError):
                async with sessions.begin() as session:
                    await renew_lease(session, export_id, until=now() + LEASE)

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing


async def sweep_exports(sessions: Sessions, storage: Storage) -> int:
    """Remove objects of exports that are no more: parts that were written after their person left.

    Returns how many.
    """
    found: dict[str, list[str]] = {}
    async for key in storage.list(EXPORTS):
        found.setdefault(key.removeprefix(EXPORTS).partition("/")[0], []).append(key)
    async with sessions() as session:
        known = await list_exports(session)
    orphans = [key for name, keys in found.items() if name not in known for key in keys]
    for key in orphans:
        await storage.delete(key)
    return len(orphans)


async def forget_export(sessions: Sessions, storage: Storage) -> bool:
    """Remove one archive that has expired, or whose person is no more. False if there is none."""
    async with sessions() as session:
        export = await find_expired_export(session, at=now())
    if export is None:
        return False
    async for key in storage.list(export.prefix):
        await storage.delete(key)
    async with sessions.begin() as session:
        gone = await lock_export(session, export.id)
        if gone is not None:
            await session.delete(gone)
    return True
