"""`/audit`: read, check and take away what was done."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from notification_service.audit import service
from notification_service.audit.chain import Link
from notification_service.audit.schemas import (
    AuditEntryOut,
    AuditFilter,
    AuditPage,
    ExportFormat,
    Number,
    Verdict,
)
from servicekit.access import Admin
from servicekit.pagination import Cursor, Limit, decode_cursor, page_of
from servicekit.web.app import Tx, TxFactory

router = APIRouter(prefix="/audit", tags=["audit"])

Wanted = Annotated[AuditFilter, Query()]
First = Annotated[Number, Query(alias="from_number", description="The first entry")]
Last = Annotated[Number | None, Query(alias="to_number", description="The last; else the head")]
Known = Annotated[
    str | None,
    Query(
        pattern=r"^[1-9][0-9]{0,17}:[0-9a-f]{64}$",
        description="`<number>:<hash>` of an entry as you noted it before",
    ),
]
_TYPES = {ExportFormat.NDJSON: "application/x-ndjson", ExportFormat.CSV: "text/csv"}


@router.get("")
async def search_entries(
    caller: Admin, tx: Tx, wanted: Wanted, limit: Limit = 20, cursor: Cursor = None
) -> AuditPage:
    """Entries by actor, action, resource and time, newest first. Reading leaves an entry too."""
    rows = await service.search_entries(
        tx, wanted=wanted, before=_number_in(cursor), limit=limit + 1, by=caller
    )
    items, next_cursor = page_of(rows, limit, lambda row: (row.number,))
    shown = [AuditEntryOut.model_validate(row) for row in items]
    return AuditPage(items=shown, next_cursor=next_cursor)


@router.get("/verify")
async def verify_chain(
    caller: Admin,
    sessions: TxFactory,
    start: First = 1,
    end: Last = None,
    known: Known = None,
) -> Verdict:
    """Compute the chain anew: up to 100 000 entries, more from `next_number` on.

    `known` also compares one entry with what was noted outside: it shows a chain cut off or
    written anew by somebody who may change everything in the database.
    """
    return await service.verify_and_tell(
        sessions, start=start, end=end, known=link_in(known), by=caller
    )


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {kind: {} for kind in _TYPES.values()}}},
)
async def export_entries(
    caller: Admin,
    sessions: TxFactory,
    format_: Annotated[ExportFormat, Query(alias="format")] = ExportFormat.NDJSON,
    start: First = 1,
    end: Last = None,
) -> StreamingResponse:
    """All entries by number, as a stream, with the hashes that let anybody check the chain.

    Addresses, devices and notes stay here. An NDJSON line without its `hash` is what was hashed.
    """
    last = await service.begin_export(
        sessions, format_=format_, start=start, end=end, by=caller.user_id
    )
    name = f'attachment; filename="audit-{start}-{last}.{format_.lower()}"'
    headers = {"Content-Disposition": name, "Cache-Control": "private, no-store"}
    lines = service.export(sessions, format_=format_, start=start, last=last)
    return StreamingResponse(lines, media_type=_TYPES[format_], headers=headers)


def _number_in(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    [number] = decode_cursor(cursor, _number)
    return number if isinstance(number, int) else None


def _number(part: object) -> int:
    number = int(str(part))
    if not 0 < number < 2**63:
        raise ValueError("no entry has such a number")
    return number


def link_in(known: str | None) -> Link | None:
    """An entry as somebody noted it."""
    if known is None:
        return None
    number, _, noted = known.partition(":")
    return Link(int(number), noted)
