"""News of people."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import UserProfileUpdated, UserRegistered
from servicekit.privacy import without_erased
from webinar_service.copies.queries import keep_person


async def copy_person(session: AsyncSession, news: UserRegistered | UserProfileUpdated) -> None:
    """Keep the name that hosts and attendees are shown by."""
    if not await without_erased(session, [news]):
        return
    await keep_person(
        session,
        user_id=news.user_id,
        full_name=news.person.full_name,
        username=news.person.username,
        headline=news.person.headline,
        avatar_url=news.person.avatar_url,
        version=news.version,
    )
