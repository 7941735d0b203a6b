"""What reaches the desk."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from notification_service.dead_letters import service
from servicekit.messaging import RawMessage


async def write_down_dead_letters(session: AsyncSession, letters: Sequence[RawMessage]) -> None:
    """Every dead or unrouted message becomes a row."""
    service.write_down(session, letters)
