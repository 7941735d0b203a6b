"""What people take along: a file of rows from each service, written outside any request."""

import json
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from sqlalchemy import LargeBinary, Table, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.event import Event
from servicekit.messaging import publish
from servicekit.privacy import Holding, Part, Register, find_tombstones
from servicekit.storage import Storage, new_storage
from servicekit.worker import Schedule, WorkerContext, every

AT_ONCE = 500
LEASE_SECS = 300

_NOTE = text("""
    INSERT INTO export_wishes (export_id, user_id, prefix, due_at)
    VALUES (:export_id, :user_id, :prefix, now()) ON CONFLICT DO NOTHING
""")
_CLAIM = text("""
    UPDATE export_wishes SET due_at = now() + make_interval(secs => :secs)
     WHERE export_id = (SELECT export_id FROM export_wishes WHERE due_at <= now()
                         ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING export_id, user_id, prefix
""")
_DONE = text("DELETE FROM export_wishes WHERE export_id = :export_id RETURNING export_id")


async def note_export(
    session: AsyncSession, *, export_id: UUID, user_id: UUID, prefix: str
) -> None:
    """Somebody wants what is held of them; the schedule writes it under `prefix`, once."""
    if not await find_tombstones(session, [user_id]):
        named = {"export_id": export_id, "user_id": user_id, "prefix": prefix}
        await session.execute(_NOTE, named)


FilesOf = Callable[[AsyncSession, UUID], Awaitable[Mapping[str, str]]]


async def no_files(session: AsyncSession, user_id: UUID) -> Mapping[str, str]:  # noqa: ARG001  (a form)
    """A service that stores no objects for people."""
    return {}


def writing_exports(
    register: Register, announce: Callable[[Part], Event], *, files: FilesOf = no_files
) -> Schedule:
    """The schedule that writes parts and announces them; `files` are the person's objects."""

    async def write_exports(context: WorkerContext[Any]) -> None:
        storage = new_storage(context.settings)
        while True:
            async with context.sessions.begin() as session:
                claimed = await session.execute(_CLAIM, {"secs": LEASE_SECS})
                wish = claimed.one_or_none()
            if wish is None:
                return
            key = f"{wish.prefix}{context.settings.service}.json"
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "part.json"
                async with context.sessions() as session:
                    with path.open("w", encoding="utf-8") as out:
                        await _write(session, register, wish.user_id, out)
                    part = Part(
                        wish.export_id, wish.user_id, key, await files(session, wish.user_id)
                    )
                await storage.put_file(key, path)
            await _settle(context, storage, part, announce)

    return every(2, write_exports)


async def _settle(
    context: WorkerContext[Any], storage: Storage, part: Part, announce: Callable[[Part], Event]
) -> None:
    async with context.sessions.begin() as session:
        done = await session.execute(_DONE, {"export_id": part.export_id})
        is_wanted = done.one_or_none() is not None
        if is_wanted:
            publish(session, announce(part))
    if not is_wanted:  # the person left meanwhile
        await storage.delete(part.key)


async def _write(session: AsyncSession, register: Register, user_id: UUID, out: TextIO) -> None:
    tables: dict[Table, list[Holding]] = {}
    for holding in register.holdings:
        if holding.theirs is not None:
            tables.setdefault(holding.table, []).append(holding)
    out.write("{")
    for number, (table, holdings) in enumerate(tables.items()):
        out.write(f"{',' if number else ''}\n{json.dumps(table.name)}: [")
        unseen = frozenset[str]().union(*(one.unseen for one in holdings))
        columns = [
            column
            for column in table.columns
            if column.name not in unseen and not isinstance(column.type, LargeBinary)
        ]
        mine = or_(*(one.theirs(user_id) for one in holdings if one.theirs is not None))
        query = select(*columns).where(mine).execution_options(yield_per=AT_ONCE)
        written = False
        async for row in await session.stream(query):
            line = json.dumps(dict(row._mapping), default=str, ensure_ascii=False)  # noqa: SLF001
            out.write(f"{',' if written else ''}\n  {line}")
            written = True
        out.write("]")
    out.write("\n}\n")
