"""Telling moderators of a person, and what they make of it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.queries import get_user
from auth_service.social.errors import OwnReport, ReportDecided, ReportingOneself, ReportNotFound
from auth_service.social.events import report_of, review_of
from auth_service.social.models import ReportStatus, UserReport
from auth_service.social.schemas import ReportFilter, ReportReviewIn
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging import publish


async def report_person(
    session: AsyncSession, *, user_id: UUID, reason: str, by: Principal
) -> tuple[UserReport, bool]:
    """The caller's report of a person, and whether it is new: one that is open stays as it is.

    Raises UserNotFound, ReportingOneself.
    """
    if user_id == by.user_id:
        raise ReportingOneself
    await get_user(session, user_id)
    made = await _insert_report(session, reporter_id=by.user_id, reported_id=user_id, reason=reason)
    if made is None:
        return await _get_open_report(session, reporter_id=by.user_id, reported_id=user_id), False
    publish(session, report_of(made))
    return made, True


async def _insert_report(
    session: AsyncSession, *, reporter_id: UUID, reported_id: UUID, reason: str
) -> UserReport | None:
    written = insert(UserReport).values(
        id=uuid7(),
        reporter_id=reporter_id,
        reported_id=reported_id,
        reason=reason,
        status=ReportStatus.OPEN,
        created_at=now(),
        version=1,
    )
    new = written.on_conflict_do_nothing(
        index_elements=[UserReport.reporter_id, UserReport.reported_id],
        index_where=UserReport.status == ReportStatus.OPEN,
    )
    return await session.scalar(new.returning(UserReport))


async def _get_open_report(
    session: AsyncSession, *, reporter_id: UUID, reported_id: UUID
) -> UserReport:
    waiting = select(UserReport).where(
        UserReport.reporter_id == reporter_id,
        UserReport.reported_id == reported_id,
        UserReport.status == ReportStatus.OPEN,
    )
    return (await session.scalars(waiting)).one()


async def list_reports(
    session: AsyncSession, *, wanted: ReportFilter, after: UUID | None, limit: int
) -> Sequence[UserReport]:
    """Reports, oldest first: who has waited longest is looked at first."""
    found = select(UserReport).order_by(UserReport.id).limit(limit)
    if wanted.status is not None:
        found = found.where(UserReport.status == wanted.status)
    if wanted.reported_id is not None:
        found = found.where(UserReport.reported_id == wanted.reported_id)
    if after is not None:
        found = found.where(UserReport.id > after)
    return (await session.scalars(found)).all()


async def review_report(
    session: AsyncSession, *, report_id: UUID, review: ReportReviewIn, by: Principal
) -> UserReport:
    """Decide on a report. Raises ReportNotFound, OwnReport, ReportDecided."""
    report = await session.scalar(
        select(UserReport).where(UserReport.id == report_id).with_for_update()
    )
    if report is None:
        raise ReportNotFound
    if by.user_id in {report.reporter_id, report.reported_id}:
        raise OwnReport
    status = ReportStatus(review.status)
    if not report.review(status, by=by.user_id, action_taken=review.action_taken, at=now()):
        raise ReportDecided(status_now=report.status)
    publish(session, review_of(report))
    return report
