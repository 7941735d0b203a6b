"""What course-service holds of people, and what becomes of it."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import null, select
from sqlalchemy.ext.asyncio import AsyncSession

from course_service.assessment.models import Attempt
from course_service.certificates.models import Certificate, CertificateStatus
from course_service.copies.models import Asset, Person
from course_service.courses.events import update_of
from course_service.courses.models import Course
from course_service.enrollments.models import Enrollment, Entitlement
from course_service.player.models import LessonProgress
from servicekit.clock import now
from servicekit.messaging import publish
from servicekit.privacy import NOBODY, Erased, Register, erased, kept


async def hand_courses_on(session: AsyncSession, who: Erased) -> Mapping[str, int]:
    """Courses stay for those who learn from them, by nobody; the catalogues of others are told."""
    mine = select(Course).where(Course.author_id == who.user_id).order_by(Course.id)
    courses = (await session.scalars(mine.with_for_update())).all()
    for course in courses:
        course.author_id = who.tombstone_id
        course.instructor_name, course.instructor_bio = NOBODY, None
        course.change(now())
        if course.is_listed:
            publish(session, update_of(course))
    await session.flush()
    return {"courses": len(courses)}


async def files_of(session: AsyncSession, user_id: UUID) -> Mapping[str, str]:
    """The person's certificates, by their numbers."""
    mine = select(Certificate).where(Certificate.user_id == user_id, Certificate.key.is_not(None))
    return {
        f"certificates/{one.certificate_number}.pdf": str(one.key)
        for one in await session.scalars(mine)
    }


REGISTER = Register(
    before=(hand_courses_on,),
    holdings=(
        kept(
            Certificate,
            "user_id",
            blank={
                "recipient_name": null(),
                "status": CertificateStatus.WITHDRAWN.value,
                "revoked_reason": null(),
            },
            why="whoever checks the printed number is told that it was withdrawn",
        ),
        erased(LessonProgress, "user_id"),
        erased(Attempt, "user_id"),
        kept(
            Enrollment,
            "user_id",
            why="how many learned and finished is counted for the course's author",
        ),
        erased(Entitlement, "user_id"),
        kept(
            Asset,
            "owner_id",
            blank={"filename": null(), "reason": null()},
            why="course material that others learn from",
        ),
        erased(Person, "user_id"),
    ),
    not_personal=frozenset(
        {
            # What is taught; `hand_courses_on` takes its author's name away.
            "courses",
            "modules",
            "lessons",
            "quizzes",
            "recounts",
            "remeasurements",
            "assets.asset_id",
            "assets.hls",
            "assets.key",
            "certificates.certificate_number",
            "certificates.code",
            "certificates.course_title",
            "certificates.key",
            "certificates.sha256",
            "certificates.verification_url",
            # Printed on the certificates of others, which are theirs.
            "certificates.instructor_name",
            "attempts.quiz_id",
            "enrollments.last_lesson_id",
            "entitlements.entitlement_id",
        }
    ),
)
