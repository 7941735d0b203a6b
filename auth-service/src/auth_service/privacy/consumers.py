"""What the services answer, and what this one is asked like every other."""

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.privacy import exports, service
from contracts.privacy import ErasureCompleted, ExportPartReady, ExportRequested
from servicekit.privacy import export


async def record_answer(session: AsyncSession, answer: ErasureCompleted) -> None:
    """A service holds nothing of a person any more."""
    await service.record_answer(session, answer)


async def note_export(session: AsyncSession, wanted: ExportRequested) -> None:
    """Somebody wants what this service holds of them; the worker writes it."""
    await export.note_export(
        session, export_id=wanted.export_id, user_id=wanted.user_id, prefix=wanted.prefix
    )


async def record_part(session: AsyncSession, part: ExportPartReady) -> None:
    """A service has written its part of an export."""
    await exports.record_part(session, part)
