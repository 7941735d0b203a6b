"""News that earns a certificate."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import EnrollmentCompleted
from course_service.certificates import service
from course_service.enrollments.queries import lock_enrollment
from servicekit.privacy import without_erased


async def issue_certificate(session: AsyncSession, completed: EnrollmentCompleted) -> None:
    """Whoever completes a course gets its certificate, once."""
    if not await without_erased(session, [completed]):
        return
    enrollment = await lock_enrollment(session, completed.enrollment_id)
    public_url: str = session.info["settings"].public_url
    await service.issue_certificate(session, enrollment, public_url=public_url)
