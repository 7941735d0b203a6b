"""The door of the audit trail."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.event import Event
from notification_service.audit import service


async def record_acts(session: AsyncSession, events: Sequence[Event]) -> None:
    """Every act becomes an entry."""
    await service.record_acts(session, events)
