"""Sealed letters: one-time codes and links that auth-service asks to be sent."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import EmailVerificationRequested, OtpRequested, PasswordResetRequested
from notification_service.deliveries.models import Delivery
from notification_service.notifications.models import Channel
from servicekit.ids import uuid7
from servicekit.privacy import without_erased

Letter = EmailVerificationRequested | PasswordResetRequested | OtpRequested


async def send_letter(session: AsyncSession, letter: Letter) -> None:
    """Write the letter down, still sealed; a sender opens it when it goes out."""
    if not await without_erased(session, [letter]):
        return
    row = insert(Delivery).values(
        id=uuid7(),
        # A code goes to whoever asks, with an account or without.
        user_id=None if isinstance(letter, OtpRequested) else letter.user_id,
        source_event_id=letter.event_id,
        channel=Channel(letter.channel),
        kind=letter.name,
        content=letter.person.model_dump(include={"email", "full_name", "phone_number"}),
        sealed=letter.sealed,
        expires_at=letter.expires_at,
        due_at=letter.happened_at,
    )
    await session.execute(row.on_conflict_do_nothing())
