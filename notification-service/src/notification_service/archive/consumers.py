"""Everything that is said is kept."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import Sealed
from contracts.event import Event
from notification_service.archive.models import ArchivedEvent
from notification_service.redaction import redact
from servicekit.clock import now
from servicekit.privacy import Erased, find_tombstones, people_in


async def archive_events(session: AsyncSession, events: Sequence[Event]) -> None:
    """Keep the events: sealed letters without seal and destination, and of those who are no more
    nothing that is personal."""
    gone = await find_tombstones(session, set().union(*map(people_in, events)))
    rows = [_row_of(event, gone) for event in events]
    await session.execute(insert(ArchivedEvent).on_conflict_do_nothing(), rows)


def _row_of(event: Event, gone: Mapping[UUID, UUID]) -> dict[str, Any]:
    payload = event.model_dump(mode="json", exclude=_kept_out(event))
    subject = event.subject
    for user_id in people_in(event) & gone.keys():
        who = Erased(user_id, gone[user_id])
        payload = redact((event.name, event.schema_version), payload, who)
        subject = subject.replace(str(who.user_id), str(who.tombstone_id))
    return {
        "event_id": event.event_id,
        "type": event.name,
        "schema_version": event.schema_version,
        "subject": subject,
        "sequence": event.version,
        "happened_at": event.happened_at,
        "archived_at": now(),
        "payload": payload,
    }


def _kept_out(event: Event) -> set[str]:
    return {"sealed", "person"} if isinstance(event, Sealed) else set()
