"""What auth-service says of people and their relations."""

from sqlalchemy.ext.asyncio import AsyncSession

from content_service.people import service
from content_service.people.queries import keep_follow
from contracts.access import UserVerificationChanged
from contracts.auth import UserFollowed, UserProfileUpdated, UserRegistered, UserUnfollowed

PROFILE = {"full_name", "username", "headline", "city", "avatar_url"}


async def copy_person(
    session: AsyncSession, news: UserRegistered | UserProfileUpdated | UserVerificationChanged
) -> None:
    """Keep what others may see of a person."""
    if not isinstance(news, UserVerificationChanged):
        # Never the account's own fields: address and number are nobody's business here.
        profile = news.person.model_dump(include=PROFILE)
        profile["specialty"] = news.specialty or news.person.specialty
        await service.copy_profile(
            session, user_id=news.user_id, version=news.version, profile=profile
        )
    if not isinstance(news, UserProfileUpdated):
        await service.copy_verified(
            session, user_id=news.user_id, version=news.version, verified=news.verified
        )


async def copy_follow(session: AsyncSession, news: UserFollowed | UserUnfollowed) -> None:
    """Keep who follows whom."""
    await keep_follow(
        session,
        follower_id=news.follower_id,
        followee_id=news.followee_id,
        ended_at=news.happened_at if isinstance(news, UserUnfollowed) else None,
        version=news.version,
    )
