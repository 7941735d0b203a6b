"""What authors do with courses."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import PricingType
from course_service.assessment.queries import publish_quizzes
from course_service.bodies import refuse_unbuilt
from course_service.courses.errors import (
    CourseHasLearners,
    CourseNotFound,
    CourseNotReady,
    CourseStatusFinal,
    SlugTaken,
)
from course_service.courses.events import archival_of, publication_of, update_of
from course_service.courses.models import CertificationMode, Course, CourseStatus
from course_service.courses.queries import find_own_course, lock_course
from course_service.courses.schemas import UNBUILT, CourseIn, CoursePatch, ModuleUnlockMode
from course_service.enrollments.queries import has_learners
from course_service.lessons.queries import list_gaps
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.fields import to_minor
from servicekit.ids import uuid7
from servicekit.messaging import publish
from servicekit.problems import not_yet_supported
from servicekit.web.etags import refuse_stale

LEAST_MINOR = 100
"""The provider takes no smaller payment."""


async def create_course(session: AsyncSession, *, body: CourseIn, by: Principal) -> Course:
    """A draft of the caller's. Without a slug it gets one of its own. Raises SlugTaken."""
    _refuse_unbuilt(body)
    course_id, at = uuid7(), now()
    course = Course(
        id=course_id,
        author_id=by.user_id,
        created_at=at,
        updated_at=at,
        **_columns(body.model_dump(exclude={"slug"})),
        slug=body.slug or f"{_slug_of(body.title)}-{course_id.hex[-8:]}",
    )
    _clear_unasked_price(course)
    session.add(course)
    await _flush_slug(session)
    return course


async def update_course(
    session: AsyncSession,
    *,
    course_id: UUID,
    body: CoursePatch,
    if_match: str | None,
    by: Principal,
) -> Course:
    """Change the fields sent; a listed course announces it.

    Raises CourseNotFound, PreconditionFailed, CourseNotReady, SlugTaken.
    """
    course = await lock_course(session, course_id, author=by.user_id)
    refuse_stale(if_match, course.version)
    _refuse_unbuilt(body)

    for name, value in _columns(body.sent()).items():
        setattr(course, name, value)
    _clear_unasked_price(course)
    course.change(now())

    if course.is_listed:
        _refuse(_lacking_price(course))
        publish(session, update_of(course))
    await _flush_slug(session)
    return course


async def publish_course(session: AsyncSession, *, course_id: UUID, by: Principal) -> Course:
    """Open the course to everyone who may see it; again changes nothing.

    Raises CourseNotFound, CourseNotReady.
    """
    course = await lock_course(session, course_id, author=by.user_id)
    _refuse([*_lacking_price(course), *await list_gaps(session, course)])

    if course.publish(now()):
        await publish_quizzes(session, course_id=course.id)
        publish(session, publication_of(course))
    return course


async def archive_course(session: AsyncSession, *, course_id: UUID, by: Principal) -> Course:
    """Take the course out of the catalogue; those inside go on. Repeating it changes nothing."""
    course = await lock_course(session, course_id, author=by.user_id)
    was_listed = course.is_listed
    if course.archive(now()) and was_listed:
        publish(session, archival_of(course))
    return course


async def set_course_status(
    session: AsyncSession, *, course_id: UUID, status: CourseStatus, by: Principal
) -> Course:
    """Publish or archive. Raises CourseStatusFinal for the way back to a draft."""
    if status is CourseStatus.PUBLISHED:
        return await publish_course(session, course_id=course_id, by=by)
    if status is CourseStatus.ARCHIVED:
        return await archive_course(session, course_id=course_id, by=by)
    course = await lock_course(session, course_id, author=by.user_id)
    if course.status is not CourseStatus.DRAFT:
        raise CourseStatusFinal
    return course


async def delete_course(session: AsyncSession, *, course_id: UUID, by: Principal) -> None:
    """Remove the course; again changes nothing. Raises CourseNotFound, CourseHasLearners."""
    course = await find_own_course(session, course_id, author=by.user_id)
    if course is None:
        raise CourseNotFound
    if course.deleted_at is not None:
        return
    if await has_learners(session, course_id=course.id):
        raise CourseHasLearners

    at = now()
    was_listed = course.is_listed
    course.deleted_at = at
    course.change(at)
    if was_listed:
        publish(session, archival_of(course))


def _columns(said: dict[str, Any]) -> dict[str, Any]:
    """The columns that these fields of a body fill: money becomes minor units."""
    columns = {name: said[name] for name in said if name in Course.__table__.columns}
    if "price" in said:
        columns["amount_minor"] = to_minor(said["price"]) if said["price"] is not None else 0
    return columns


def _refuse_unbuilt(body: CourseIn | CoursePatch) -> None:
    refuse_unbuilt(body, UNBUILT)
    if body.pricing_type is PricingType.FREE_PLUS_CERTIFICATE:
        raise not_yet_supported("pricing_type")
    if body.module_unlock_mode is not ModuleUnlockMode.ALL_UNLOCKED:
        raise not_yet_supported("module_unlock_mode")
    if body.certification_mode in {CertificationMode.MODULE, CertificationMode.BOTH}:
        raise not_yet_supported("certification_mode")


def _clear_unasked_price(course: Course) -> None:
    """What costs nothing has no price: the catalogue that sells it reads the amount alone."""
    if course.pricing_type is not PricingType.PAID:
        course.amount_minor = 0


def _lacking_price(course: Course) -> list[dict[str, str]]:
    if course.pricing_type is PricingType.PAID and course.amount_minor < LEAST_MINOR:
        return [{"what": "price", "detail": "a paid course needs a price of at least 1.00"}]
    return []


def _refuse(missing: Sequence[dict[str, str]]) -> None:
    if missing:
        raise CourseNotReady(missing=list(missing))


def _slug_of(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].rstrip("-") or "course"


async def _flush_slug(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError as refused:
        raise SlugTaken from refused
