"""Everything that is said is kept."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import Sealed
from contracts.event import Event
from notification_service.archive.models import ArchivedEvent
from servicekit.clock import now


async def archive_events(session: AsyncSession, events: Sequence[Event]) -> None:
    """Keep the events; a sealed letter is kept without its seal and destination."""
    rows = [
        {
            "event_id": event.event_id,
            "type": event.name,
            "schema_version": event.schema_version,
            "subject": event.subject,
            "sequence": event.version,
            "happened_at": event.happened_at,
            "archived_at": now(),
            "payload": event.model_dump(mode="json", exclude=_kept_out(event)),
        }
        for event in events
    ]
    await session.execute(insert(ArchivedEvent).on_conflict_do_nothing(), rows)


def _kept_out(event: Event) -> set[str]:
    return {"sealed", "person"} if isinstance(event, Sealed) else set()
