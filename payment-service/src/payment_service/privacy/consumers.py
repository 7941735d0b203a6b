"""Somebody is no more."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import UserDeleted
from contracts.privacy import ErasureCompleted, ExportRequested
from payment_service.privacy.register import REGISTER
from servicekit.messaging import publish
from servicekit.privacy import erase, export


async def erase_person(session: AsyncSession, deleted: UserDeleted) -> None:
    """Let go of what this service holds of a person, and say so once."""
    counts = await erase(session, REGISTER, deleted)
    if counts is not None:
        done = ErasureCompleted(
            version=1, erasure_id=deleted.tombstone_id, service="payment-service", counts=counts
        )
        publish(session, done)


async def note_export(session: AsyncSession, wanted: ExportRequested) -> None:
    """Somebody wants what this service holds of them; the worker writes it."""
    await export.note_export(
        session, export_id=wanted.export_id, user_id=wanted.user_id, prefix=wanted.prefix
    )
