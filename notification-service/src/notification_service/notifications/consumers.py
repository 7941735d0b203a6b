"""Which events people are told of."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import UserReported, VerificationSubmitted
from contracts.event import Event
from notification_service.notifications import service
from notification_service.notifications.texts import BY_TYPE
from notification_service.people.queries import list_moderators
from servicekit.privacy import find_tombstones, without_erased


async def tell_people(session: AsyncSession, event: Event) -> None:
    """Tell everyone whom the event concerns; `texts.py` says whom and how."""
    if not await without_erased(session, [event]):
        return
    telling = BY_TYPE[event.name]
    recipients = telling.to(event)
    gone = await find_tombstones(session, recipients)
    for user_id in recipients:
        if user_id in gone:
            continue
        await service.tell(
            session,
            event,
            to=user_id,
            title=telling.title(event),
            body=telling.body(event),
            data=telling.data(event),
        )


async def tell_moderators(
    session: AsyncSession, news: VerificationSubmitted | UserReported
) -> None:
    """Something waits for a decision: every moderator whom it does not concern is told."""
    if not await without_erased(session, [news]):
        return
    concerned, title, body, data = _wanted(news)
    for user_id in await list_moderators(session):
        if user_id not in concerned:
            await service.tell(session, news, to=user_id, title=title, body=body, data=data)


def _wanted(
    news: VerificationSubmitted | UserReported,
) -> tuple[set[UUID], str, str, dict[str, str]]:
    if isinstance(news, UserReported):
        concerned = {news.reporter_id, news.reported_id}
        data = {"user_report_id": str(news.user_report_id)}
        return concerned, "A person was reported", "Open the reports of people.", data
    data = {"verification_id": str(news.verification_id)}
    return {news.user_id}, "A licence waits for review", "Open the verification queue.", data
