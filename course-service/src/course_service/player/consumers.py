"""News that moves a lesson forward."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import QuizSubmitted
from course_service.player import service
from servicekit.privacy import without_erased


async def record_quiz_score(session: AsyncSession, submitted: QuizSubmitted) -> None:
    """A quiz that was passed finishes its lesson; its best score is kept."""
    if not await without_erased(session, [submitted]):
        return
    await service.record_score(
        session,
        lesson_id=submitted.lesson_id,
        user_id=submitted.user_id,
        score_pct=submitted.score_pct,
        passed=submitted.passed,
    )
