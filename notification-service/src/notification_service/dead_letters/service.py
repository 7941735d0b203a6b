"""The desk: write down, replay, drop."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.dead_letters.errors import NotReplayable
from notification_service.dead_letters.events import drop_of, replay_of
from notification_service.dead_letters.models import DeadLetter, DeadLetterStatus
from notification_service.dead_letters.queries import lock_dead_letter, lock_replayable
from notification_service.dead_letters.schemas import ReplayIn
from servicekit.access import Principal
from servicekit.messaging import RawMessage, publish
from servicekit.messaging.desk import replay

REPLAYED_AT_ONCE = 100


def write_down(session: AsyncSession, letters: Sequence[RawMessage]) -> None:
    """Keep raw messages as they are, with their cause."""
    session.add_all(
        DeadLetter(
            queue=letter.queue,
            cause=_storable(letter.cause),
            event_type=_text_of(letter.headers, "cloudEvents:type"),
            event_id=_text_of(letter.headers, "cloudEvents:id"),
            body=letter.body,
            headers=_storable(letter.headers),
        )
        for letter in letters
    )


async def replay_dead_letter(
    session: AsyncSession, *, dead_letter_id: UUID, by: Principal
) -> DeadLetter:
    """Send it to the queue that gave it up, and to no other. Raises NotReplayable."""
    letter = await lock_dead_letter(session, dead_letter_id)
    if letter.queue is None or not letter.settle(DeadLetterStatus.REPLAYED, by=by.user_id):
        raise NotReplayable
    replay(session, queue=letter.queue, body=letter.body, headers=letter.headers)
    publish(session, replay_of(letter, by=by.user_id))
    return letter


async def replay_matching(session: AsyncSession, *, chosen: ReplayIn, by: Principal) -> int:
    """Replay up to a hundred waiting letters that match; how many went."""
    letters = await lock_replayable(
        session, queue=chosen.queue, event_type=chosen.event_type, limit=REPLAYED_AT_ONCE
    )
    for letter in letters:
        if letter.queue is not None and letter.settle(DeadLetterStatus.REPLAYED, by=by.user_id):
            replay(session, queue=letter.queue, body=letter.body, headers=letter.headers)
            publish(session, replay_of(letter, by=by.user_id))
    return len(letters)


async def drop_dead_letter(session: AsyncSession, *, dead_letter_id: UUID, by: Principal) -> None:
    """Give it up for good; its row stays as a record. Repeating it changes nothing."""
    letter = await lock_dead_letter(session, dead_letter_id)
    if letter.settle(DeadLetterStatus.DROPPED, by=by.user_id):
        publish(session, drop_of(letter, by=by.user_id))


def _text_of(headers: dict[str, Any], name: str) -> str | None:
    value = headers.get(name)
    return _storable(str(value)) if value is not None else None


def _storable(value: Any) -> Any:
    """The same without what PostgreSQL cannot store in text: NUL."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, dict):
        return {_storable(str(name)): _storable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(inner) for inner in value]
    return value if isinstance(value, int | float | bool | None) else str(value)
