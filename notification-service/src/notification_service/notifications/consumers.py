"""Which events people are told of."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import VerificationSubmitted
from contracts.event import Event
from notification_service.notifications import service
from notification_service.notifications.texts import BY_TYPE
from notification_service.people.queries import list_moderators


async def tell_people(session: AsyncSession, event: Event) -> None:
    """Tell everyone whom the event concerns; `texts.py` says whom and how."""
    telling = BY_TYPE[event.name]
    for user_id in telling.to(event):
        await service.tell(
            session,
            event,
            to=user_id,
            title=telling.title(event),
            body=telling.body(event),
            data=telling.data(event),
        )


async def tell_moderators(session: AsyncSession, submitted: VerificationSubmitted) -> None:
    """A document waits: every moderator but its owner is told."""
    for user_id in await list_moderators(session):
        if user_id != submitted.user_id:
            await service.tell(
                session,
                submitted,
                to=user_id,
                title="A licence waits for review",
                body="Open the verification queue.",
                data={"verification_id": str(submitted.verification_id)},
            )
