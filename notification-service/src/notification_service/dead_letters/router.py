"""The routes of `/admin/dead-letters`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from notification_service.dead_letters import queries, service
from notification_service.dead_letters.models import DeadLetter, DeadLetterStatus
from notification_service.dead_letters.schemas import (
    DeadLetterDetail,
    DeadLetterOut,
    DeadLetterPage,
    Replayed,
    ReplayIn,
)
from servicekit.access import Admin
from servicekit.pagination import Cursor, Limit, decode_id, page_of
from servicekit.problems import ValidationFailed
from servicekit.web.app import Tx

router = APIRouter(prefix="/admin/dead-letters", tags=["dead letters"])

Queue = Annotated[str | None, Query(max_length=255)]


@router.get("")
async def list_dead_letters(
    _: Admin,
    tx: Tx,
    *,
    status: DeadLetterStatus | None = None,
    queue: Queue = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> DeadLetterPage:
    """What no consumer could handle, newest first."""
    rows = await queries.list_dead_letters(
        tx, status=status, queue=queue, before=decode_id(cursor), limit=limit + 1
    )
    items, next_cursor = page_of(rows, limit, lambda row: (row.id,))
    shown = [DeadLetterOut.model_validate(row) for row in items]
    return DeadLetterPage(items=shown, next_cursor=next_cursor)


@router.post("/replay")
async def replay_matching(body: ReplayIn, caller: Admin, tx: Tx) -> Replayed:
    """Send up to a hundred waiting letters back to the queues that gave them up."""
    if body.queue is None and body.event_type is None:
        raise ValidationFailed("Name a queue or an event type")
    return Replayed(replayed=await service.replay_matching(tx, chosen=body, by=caller))


@router.get("/{dead_letter_id}")
async def get_dead_letter(dead_letter_id: UUID, _: Admin, tx: Tx) -> DeadLetterDetail:
    """One letter with its headers and body."""
    return _detail(await queries.lock_dead_letter(tx, dead_letter_id))


@router.post("/{dead_letter_id}/replay", response_model=DeadLetterOut)
async def replay_dead_letter(dead_letter_id: UUID, caller: Admin, tx: Tx) -> DeadLetter:
    """Send it back to the queue that gave it up; its handler takes it exactly once."""
    return await service.replay_dead_letter(tx, dead_letter_id=dead_letter_id, by=caller)


@router.delete("/{dead_letter_id}", status_code=204)
async def drop_dead_letter(dead_letter_id: UUID, caller: Admin, tx: Tx) -> Response:
    """Give it up for good. Its row stays, as `DROPPED`."""
    await service.drop_dead_letter(tx, dead_letter_id=dead_letter_id, by=caller)
    return Response(status_code=204)


def _detail(letter: DeadLetter) -> DeadLetterDetail:
    shown = DeadLetterOut.model_validate(letter).model_dump()
    body = letter.body.decode("utf-8", "backslashreplace")
    return DeadLetterDetail(**shown, headers=letter.headers, body=body, size_bytes=len(letter.body))
