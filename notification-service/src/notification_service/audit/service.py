"""Recording acts, following the chain, taking it away."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.event import Event
from contracts.notification import AuditExported, AuditSearched, AuditVerified
from notification_service.audit import chain, queries
from notification_service.audit.acts import Act, act_of
from notification_service.audit.chain import Link
from notification_service.audit.errors import NumberBeyondEnd
from notification_service.audit.models import AuditCircumstance
from notification_service.audit.schemas import AuditFilter, ExportFormat, Verdict
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.messaging import publish
from servicekit.privacy import find_tombstones
from servicekit.sessions import Sessions

PAGE = 1000
FOLLOWED_AT_ONCE = 100_000
NOTE_LENGTH = 2000
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


async def record_acts(session: AsyncSession, events: Sequence[Event]) -> None:
    """Add what is an act to the chain, each event once, in the order in which they came."""
    acts = [(event, act) for event in events if (act := act_of(event)) is not None]
    if not acts:
        return
    gone = await find_tombstones(session, {act.person_id for _, act in acts if act.person_id})
    link = await queries.hold_chain(session)
    known = await queries.find_recorded(session, [event.event_id for event, _ in acts])
    entries: list[dict[str, Any]] = []
    circumstances: list[dict[str, Any]] = []
    for event, act in acts:
        if event.event_id in known:
            continue
        # Late news bring nothing personal of an erased person back.
        secret = None if act.person_id in gone else _circumstance_of(act, link.number + 1)
        entry = _entry_of(event, act, after=link)
        if secret is not None:
            entry["commitment"] = chain.commitment_to(AuditCircumstance(**secret))
            circumstances.append(secret)
        entry["hash"] = chain.hash_of(entry)
        entries.append(entry)
        link = Link(entry["number"], entry["hash"])
    if entries:
        await queries.add_entries(session, entries, circumstances)


def _entry_of(event: Event, act: Act, *, after: Link) -> dict[str, Any]:
    return {
        "number": after.number + 1,
        "event_id": event.event_id,
        "action": event.name,
        "actor_id": act.actor_id,
        "resource_type": act.resource.type,
        "resource_id": act.resource.id,
        "outcome": act.outcome,
        "cause": act.cause,
        "details": act.details,
        "happened_at": event.happened_at,
        "recorded_at": now(),
        "commitment": None,
        "previous_hash": after.hash,
    }


def _circumstance_of(act: Act, number: int) -> dict[str, Any] | None:
    told = {name: _storable(getattr(act, name)) for name in ("address", "device", "note")}
    if not any(told.values()):
        return None
    return {"number": number, "person_id": act.person_id, "salt": chain.new_salt(), **told}


def _storable(words: str | None) -> str | None:
    return None if words is None else words.replace("\x00", "")[:NOTE_LENGTH]


async def search_entries(
    session: AsyncSession, *, wanted: AuditFilter, before: int | None, limit: int, by: Principal
) -> Sequence[Row[Any]]:
    """Entries, newest first. That somebody looked is an act itself."""
    search = AuditSearched(
        version=1,
        searched_by=by.user_id,
        actor_id=wanted.actor,
        action=wanted.action,
        resource=wanted.resource,
        from_at=wanted.from_,
        to_at=wanted.to,
    )
    publish(session, search)
    found = queries.entries_of(
        actor_id=wanted.actor,
        action=wanted.action,
        resource_type=wanted.resource_type,
        resource_id=wanted.resource_id,
    )
    return await queries.list_entries(
        session, found, since=wanted.from_, until=wanted.to, before=before, limit=limit
    )


async def verify_and_tell(
    sessions: Sessions, *, start: int, end: int | None, known: Link | None, by: Principal
) -> Verdict:
    """See `verify`; that somebody did it is an act itself. Raises NumberBeyondEnd."""
    async with sessions() as session:
        await _refuse_beyond_end(session, start=start, known=known)
    verdict = await verify(sessions, start=start, end=end, known=known)
    async with sessions.begin() as session:
        event = AuditVerified(
            version=1,
            verified_by=by.user_id,
            valid=verdict.valid,
            from_number=verdict.from_number,
            to_number=verdict.head_number,
            first_broken=verdict.first_broken,
        )
        publish(session, event)
    return verdict


async def _refuse_beyond_end(session: AsyncSession, *, start: int, known: Link | None) -> None:
    """Nothing is wrong with a chain that never went so far; one that did, by its marks or by what
    was noted, is cut off, which the verdict tells."""
    head = await queries.get_head(session)
    if start <= head.number + 1:
        return
    if await queries.find_false_anchor(session, after=head.number, until=None) is not None:
        return
    if known is None or await queries.find_link(session, known.number) == known:
        raise NumberBeyondEnd


async def verify(
    sessions: Sessions,
    *,
    start: int = 1,
    end: int | None = None,
    known: Link | None = None,
    at_once: int | None = FOLLOWED_AT_ONCE,
) -> Verdict:
    """Compute the chain anew from `start` to `end`, or to its head, page by page.

    It ends at the first entry that is wrong or gone. `known` is an entry as it was noted before,
    outside the database. The entry before `start` is believed.
    """
    async with sessions() as session:
        head = await queries.get_head(session)
        believed = await queries.find_link(session, start - 1)
    stop = min(head.number, end or head.number)
    last = stop if at_once is None else min(stop, start - 1 + at_once)
    if believed is None:
        link = Link(start - 2, "").breaks(min(start - 1, head.number + 1), "an entry is missing")
    else:
        link = await _follow_pages(sessions, believed, until=last)
        link = await _compare_marks(sessions, link, after=start - 1, to_end=last == head.number)
    if known is not None and link.broken is None:
        link = await _compare_known(sessions, link, known)
    return _verdict_of(link, start=start, unread=last < stop)


async def _follow_pages(sessions: Sessions, link: Link, *, until: int) -> Link:
    while link.broken is None and link.number < until:
        async with sessions() as session:
            entries = await queries.read_entries(
                session, after=link.number, until=until, limit=PAGE
            )
            personal = await queries.read_circumstances(session, [row.number for row in entries])
        if not entries:
            return link.breaks(link.number + 1, "an entry is missing")
        # Hashing a page takes milliseconds: other requests go on meanwhile.
        link = await asyncio.to_thread(chain.follow, link, entries, personal)
    return link


async def _compare_marks(sessions: Sessions, link: Link, *, after: int, to_end: bool) -> Link:
    """The marks of each addition; at the end of the chain those beyond it count as well."""
    if link.broken is not None:
        return link
    async with sessions() as session:
        # What was added since the head was read is there together with its mark.
        until = None if to_end else link.number
        false = await queries.find_false_anchor(session, after=after, until=until)
    if false is None:
        return link
    gone = false > link.number
    cause = "entries at the end are missing" if gone else "the chain was written anew"
    return link.breaks(min(false, link.number + 1), cause)


async def _compare_known(sessions: Sessions, link: Link, known: Link) -> Link:
    async with sessions() as session:
        found = await queries.find_link(session, known.number)
    if found is None:
        return link.breaks(min(known.number, link.number + 1), "entries at the end are missing")
    if found.hash != known.hash:
        return link.breaks(known.number, "it is not the entry that was noted")
    return link


def _verdict_of(link: Link, *, start: int, unread: bool) -> Verdict:
    is_good = link.broken is None
    return Verdict(
        valid=is_good,
        entries=max(0, link.number - start + 1),
        head=link.hash if link.number > 0 else None,
        head_number=max(0, link.number),
        from_number=start,
        first_broken=link.broken,
        cause=link.cause,
        next_number=link.number + 1 if is_good and unread else None,
    )


async def begin_export(
    sessions: Sessions, *, format_: ExportFormat, start: int, end: int | None, by: UUID
) -> int:
    """Write down that somebody takes entries away; the number of the last one they get."""
    async with sessions.begin() as session:
        head = await queries.get_head(session)
        last = min(head.number, end or head.number)
        event = AuditExported(
            version=1, exported_by=by, format=format_, from_number=start, to_number=last
        )
        publish(session, event)
    return last


async def export(
    sessions: Sessions, *, format_: ExportFormat, start: int, last: int
) -> AsyncIterator[bytes]:
    """Entries by number, a page of them in memory at a time."""
    write = _as_csv if format_ is ExportFormat.CSV else _as_lines
    if format_ is ExportFormat.CSV:
        yield _csv_of([[*chain.COLUMNS, "hash"]])
    while start <= last:
        async with sessions() as session:
            page = await queries.read_entries(session, after=start - 1, until=last, limit=PAGE)
        if not page:
            return
        yield await asyncio.to_thread(write, page)
        start = page[-1].number + 1


def _as_lines(entries: Sequence[Row[Any]]) -> bytes:
    return b"".join(chain.canonical(chain.exported(entry)) + b"\n" for entry in entries)


def _as_csv(entries: Sequence[Row[Any]]) -> bytes:
    lines = (chain.exported(entry) for entry in entries)
    return _csv_of([[_cell(line[name]) for name in (*chain.COLUMNS, "hash")] for line in lines])


def _cell(value: Any) -> str:
    """One cell; a spreadsheet would compute what begins like a formula."""
    if value is None:
        return ""
    shown = chain.canonical(value).decode() if isinstance(value, dict) else str(value)
    return f"'{shown}" if shown.startswith(_FORMULAS) else shown


def _csv_of(rows: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()
