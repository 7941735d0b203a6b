"""What the services answer."""

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.privacy import service
from contracts.privacy import ErasureCompleted


async def record_answer(session: AsyncSession, answer: ErasureCompleted) -> None:
    """A service holds nothing of a person any more."""
    await service.record_answer(session, answer)
