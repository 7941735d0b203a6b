"""What people do that can bring points, and under which name they stand on the leaderboard."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.auth import UserProfileUpdated, UserRegistered
from contracts.content import CommentCreated, PostLiked, PostPublished
from contracts.course import (
    EnrollmentCompleted,
    EnrollmentCreated,
    LessonCompleted,
    QuizSubmitted,
)
from contracts.event import Event
from payment_service.points import queries, service
from servicekit.privacy import without_erased

REWARDED: tuple[type[Event], ...] = (
    UserRegistered,
    PostPublished,
    PostLiked,
    CommentCreated,
    EnrollmentCreated,
    EnrollmentCompleted,
    LessonCompleted,
    QuizSubmitted,
)


async def award_points(session: AsyncSession, events: Sequence[Event]) -> None:
    """Points to whoever earned them, by the rules; each event once."""
    merits = [
        service.Merit(event.event_id, event.name, user_id, event.happened_at)
        for event in await without_erased(session, events)
        if (user_id := _earner(event)) is not None
    ]
    await service.award_points(session, merits)


def _earner(event: Event) -> UUID | None:
    """Who earned it: a like is its author's merit, a quiz only brings points when it is passed."""
    match event:
        case PostPublished():
            return event.author_id
        case PostLiked():
            return None if event.author_id == event.user_id else event.author_id
        case QuizSubmitted():
            return event.user_id if event.passed else None
        case _:
            user_id = getattr(event, "user_id", None)
            return user_id if isinstance(user_id, UUID) else None


async def keep_player(session: AsyncSession, user: UserRegistered | UserProfileUpdated) -> None:
    """The name and picture that the leaderboard shows."""
    if not await without_erased(session, [user]):
        return
    await queries.keep_player(
        session,
        user_id=user.user_id,
        full_name=user.person.full_name,
        username=user.person.username,
        avatar_url=user.person.avatar_url,
        version=user.version,
    )
