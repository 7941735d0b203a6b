"""Adding to the chain, reading it along, and looking for entries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.audit.chain import GENESIS, Link
from notification_service.audit.models import AuditAnchor, AuditCircumstance, AuditEntry

_LOCK = text("SELECT pg_advisory_xact_lock(7702, 1)")
_ENTRY = AuditEntry.__table__.c
_SECRET = AuditCircumstance.__table__.c


async def hold_chain(session: AsyncSession) -> Link:
    """Let nobody else add until this transaction ends; the last entry, as a link to go on from."""
    await session.execute(_LOCK)
    return await get_head(session)


async def get_head(session: AsyncSession) -> Link:
    """The last entry of the chain; number 0 when there is none."""
    newest = select(_ENTRY.number, _ENTRY.hash).order_by(_ENTRY.number.desc()).limit(1)
    found = (await session.execute(newest)).one_or_none()
    return Link() if found is None else Link(found.number, found.hash)


async def find_link(session: AsyncSession, number: int) -> Link | None:
    """One entry as a link to go on from; None if it is not there."""
    if number == 0:
        return Link(0, GENESIS)
    found = await session.scalar(select(_ENTRY.hash).where(_ENTRY.number == number))
    return None if found is None else Link(number, found)


async def find_recorded(session: AsyncSession, event_ids: Collection[UUID]) -> set[UUID]:
    """Which of these events have an entry."""
    known = select(_ENTRY.event_id).where(_ENTRY.event_id.in_(event_ids))
    return set((await session.scalars(known)).all())


async def add_entries(
    session: AsyncSession,
    entries: Sequence[Mapping[str, Any]],
    circumstances: Sequence[Mapping[str, Any]],
) -> None:
    """Add entries whose numbers and hashes are set, and the mark of how far the chain reaches."""
    last = entries[-1]
    await session.execute(insert(AuditEntry), list(entries))
    # Where somebody has cut entries off, what stood beside them stays and shows it.
    if circumstances:
        beside = insert(AuditCircumstance).on_conflict_do_nothing()
        await session.execute(beside, list(circumstances))
    anchor = {name: last[name] for name in ("number", "hash", "recorded_at")}
    await session.execute(insert(AuditAnchor).on_conflict_do_nothing(), [anchor])


async def read_entries(
    session: AsyncSession, *, after: int, until: int, limit: int
) -> Sequence[Row[Any]]:
    """Entries by number, from the one behind `after` to `until`: rows, which cost little."""
    along = select(AuditEntry.__table__).where(_ENTRY.number > after, _ENTRY.number <= until)
    return (await session.execute(along.order_by(_ENTRY.number).limit(limit))).all()


async def read_circumstances(session: AsyncSession, numbers: Iterable[int]) -> dict[int, Row[Any]]:
    """What is still there of what was personal about these entries."""
    kept = select(AuditCircumstance.__table__).where(_SECRET.number.in_(list(numbers)))
    return {row.number: row for row in (await session.execute(kept)).all()}


async def find_false_anchor(session: AsyncSession, *, after: int, until: int | None) -> int | None:
    """The first mark that says otherwise than its entry, or whose entry is gone."""
    anchor = AuditAnchor.__table__.c
    differs = _ENTRY.hash.is_distinct_from(anchor.hash)
    marks = (
        select(anchor.number)
        .outerjoin(AuditEntry.__table__, _ENTRY.number == anchor.number)
        .where(anchor.number > after, differs)
    )
    if until is not None:
        marks = marks.where(anchor.number <= until)
    first: int | None = await session.scalar(marks.order_by(anchor.number).limit(1))
    return first


def entries_of(
    *,
    actor_id: UUID | None = None,
    action: str | None = None,
    resource_type: str | None = None,
    resource_id: UUID | None = None,
) -> Select[Any]:
    """Entries with what is personal about them, of these facts as far as they are given."""
    found = select(AuditEntry.__table__, _SECRET.address, _SECRET.device, _SECRET.note).outerjoin(
        AuditCircumstance.__table__, _SECRET.number == _ENTRY.number
    )
    wanted = {
        _ENTRY.actor_id: actor_id,
        _ENTRY.action: action,
        _ENTRY.resource_type: resource_type,
        _ENTRY.resource_id: resource_id,
    }
    return found.where(*(column == value for column, value in wanted.items() if value is not None))


async def list_entries(
    session: AsyncSession,
    found: Select[Any],
    *,
    since: datetime | None,
    until: datetime | None,
    before: int | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Those that happened from `since` on and before `until`, newest first."""
    if since is not None:
        found = found.where(_ENTRY.happened_at >= since)
    if until is not None:
        found = found.where(_ENTRY.happened_at < until)
    if before is not None:
        found = found.where(_ENTRY.number < before)
    newest_first = found.order_by(_ENTRY.number.desc()).limit(limit)
    rows: Sequence[Row[Any]] = (await session.execute(newest_first)).all()
    return rows
