"""What auth-service says of a person, kept as a copy."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import UserRoleChanged
from contracts.auth import UserContactChanged, UserProfileUpdated, UserRegistered
from notification_service.people.queries import upsert_person
from servicekit.privacy import without_erased

PersonNews = UserRegistered | UserContactChanged | UserProfileUpdated | UserRoleChanged


async def copy_person(session: AsyncSession, news: PersonNews) -> None:
    """Take over what this event says, in the person's own order."""
    if not await without_erased(session, [news]):
        return
    await upsert_person(
        session, user_id=news.user_id, version=news.version, fields=_fields_of(news)
    )


def _fields_of(news: PersonNews) -> dict[str, object]:
    match news:
        case UserRegistered():
            whole = news.person.model_dump(include={"full_name", "email", "phone_number"})
            return whole | {"role": news.role, "locale": news.locale}
        case UserContactChanged():
            return news.person.model_dump(include={"full_name", "email", "phone_number"})
        case UserProfileUpdated():
            return news.person.model_dump(include={"full_name"})
        case UserRoleChanged():
            return {"role": news.to_role}
