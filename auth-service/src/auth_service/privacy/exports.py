"""What people take along: asked of every service, packed when all have answered or time is up."""

import logging
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.archives import pack, scratch
from auth_service.privacy.events import completion_of, wish_of
from auth_service.privacy.models import Export
from auth_service.privacy.queries import (
    add_part,
    begin_export,
    claim_export,
    find_expired_export,
    list_parts,
    lock_export,
)
from auth_service.privacy.service import ANSWERING
from contracts.privacy import ExportPartReady
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.messaging import publish
from servicekit.storage import Storage

LEASE = timedelta(minutes=15)

log = logging.getLogger(__name__)


async def request_export(session: AsyncSession, *, by: Principal) -> Export:
    """The caller's export: a new one, unless one is under way or can still be fetched."""
    export, is_new = await begin_export(session, by.user_id)
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
    with scratch(storage_root) as folder:
        archive = await pack(storage, objects, folder=folder, missing=missing)
        await storage.put_file(export.key, archive)

    async with sessions.begin() as session:
        stored = await lock_export(session, export.id)
        wanted = stored is not None and stored.expires_at is None
        if stored is not None and wanted:
            expires_at = stored.finish(missing, now())
            publish(session, completion_of(stored, expires_at=expires_at))
    if not wanted:
        await storage.delete(export.key)
    for part in parts:
        await storage.delete(part.key)
    log.info("an export is ready", extra={"export_id": str(export.id), "missing": missing})
    return True


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
