"""What auth-service says of people and their relations."""

from sqlalchemy.ext.asyncio import AsyncSession

from content_service.people import service
from content_service.people.models import BarrierKind
from content_service.people.queries import keep_barrier, keep_follow
from contracts.access import UserVerificationChanged
from contracts.auth import (
    UserBlocked,
    UserFollowed,
    UserMuted,
    UserProfileUpdated,
    UserRegistered,
    UserUnblocked,
    UserUnfollowed,
    UserUnmuted,
)
from servicekit.privacy import without_erased

PROFILE = {"full_name", "username", "headline", "city", "avatar_url"}


async def copy_person(
    session: AsyncSession, news: UserRegistered | UserProfileUpdated | UserVerificationChanged
) -> None:
    """Keep what others may see of a person."""
    if not await without_erased(session, [news]):
        return
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
    if not await without_erased(session, [news]):
        return
    await keep_follow(
        session,
        follower_id=news.follower_id,
        followee_id=news.followee_id,
        ended_at=news.happened_at if isinstance(news, UserUnfollowed) else None,
        version=news.version,
    )


async def copy_block(session: AsyncSession, news: UserBlocked | UserUnblocked) -> None:
    """Keep who blocks whom: neither sees what the other writes."""
    if not await without_erased(session, [news]):
        return
    both = (news.blocker_id, news.blocked_id)
    await keep_barrier(
        session,
        BarrierKind.BLOCK,
        hides=[both, both[::-1]],
        relation_id=news.block_id,
        ended_at=news.happened_at if isinstance(news, UserUnblocked) else None,
        version=news.version,
    )


async def copy_mute(session: AsyncSession, news: UserMuted | UserUnmuted) -> None:
    """Keep who mutes whom: the muted one vanishes from the other's feeds."""
    if not await without_erased(session, [news]):
        return
    await keep_barrier(
        session,
        BarrierKind.MUTE,
        hides=[(news.muter_id, news.muted_id)],
        relation_id=news.mute_id,
        ended_at=news.happened_at if isinstance(news, UserUnmuted) else None,
        version=news.version,
    )
