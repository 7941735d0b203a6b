"""Finding, listing and locking webinars; seats change only where one is left."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.course import CourseVisibility
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.pagination import decode_cursor
from webinar_service.webinars.errors import WebinarNotFound
from webinar_service.webinars.models import Webinar, WebinarStatus
from webinar_service.webinars.schemas import WebinarFilter

UPCOMING = (WebinarStatus.SCHEDULED, WebinarStatus.LIVE)


def may_see(viewer: Principal | None) -> ColumnElement[bool]:
    """That a webinar is visible to `viewer`: within their rights, or theirs."""
    exists = Webinar.deleted_at.is_(None)
    if viewer is None:
        return and_(exists, Webinar.visibility == CourseVisibility.PUBLIC)
    own = Webinar.host_id == viewer.user_id
    return and_(exists, or_(own, Webinar.visibility.in_(_visibilities_of(viewer))))


def _visibilities_of(viewer: Principal) -> list[CourseVisibility]:
    member = viewer.is_at_least(Role.MEMBER)
    checked = viewer.verified or viewer.is_at_least(Role.MODERATOR)
    allowed = {
        CourseVisibility.PUBLIC: True,
        CourseVisibility.MEMBER_ONLY: member,
        CourseVisibility.VERIFIED_ONLY: checked,
    }
    return [kind for kind, may in allowed.items() if may]


def _may_change(actor: Principal) -> ColumnElement[bool]:
    is_theirs = true() if actor.is_at_least(Role.MODERATOR) else false()
    return or_(Webinar.host_id == actor.user_id, is_theirs)


def _found(webinar: Webinar | None) -> Webinar:
    if webinar is None:
        raise WebinarNotFound
    return webinar


async def get_visible_webinar(
    session: AsyncSession, webinar_id: UUID, *, viewer: Principal | None
) -> Webinar:
    """The webinar, if the viewer may see it. Raises WebinarNotFound."""
    found = select(Webinar).where(Webinar.id == webinar_id, may_see(viewer))
    return _found(await session.scalar(found))


async def get_hosted_webinar(session: AsyncSession, webinar_id: UUID, *, by: Principal) -> Webinar:
    """The caller's own webinar, or any for a moderator. Raises WebinarNotFound."""
    found = select(Webinar).where(
        Webinar.id == webinar_id, Webinar.deleted_at.is_(None), _may_change(by)
    )
    return _found(await session.scalar(found))


async def lock_hosted_webinar(
    session: AsyncSession, webinar_id: UUID, *, by: Principal, deleted: bool = False
) -> Webinar:
    """The same, locked; `deleted` finds what was removed too. Raises WebinarNotFound."""
    found = select(Webinar).where(Webinar.id == webinar_id, _may_change(by))
    if not deleted:
        found = found.where(Webinar.deleted_at.is_(None))
    return _found(await session.scalar(found.with_for_update()))


async def find_webinar(session: AsyncSession, webinar_id: UUID) -> Webinar | None:
    """The webinar, whoever asks."""
    return await session.get(Webinar, webinar_id)


async def list_webinars(
    session: AsyncSession, *, viewer: Principal | None, wanted: WebinarFilter
) -> Sequence[Webinar]:
    """One more than `limit`, the earliest first."""
    found = select(Webinar).where(may_see(viewer), *_narrowed(wanted))
    if wanted.cursor is not None:
        starts_at, webinar_id = decode_cursor(wanted.cursor, datetime.fromisoformat, UUID)
        found = found.where(tuple_(Webinar.starts_at, Webinar.id) > (starts_at, webinar_id))
    ordered = found.order_by(Webinar.starts_at, Webinar.id).limit(wanted.limit + 1)
    return (await session.scalars(ordered)).all()


def _narrowed(wanted: WebinarFilter) -> list[ColumnElement[bool]]:
    """The filters that were given; each None is left out."""
    ends_at = Webinar.starts_at + func.make_interval(0, 0, 0, 0, 0, Webinar.duration_mins)
    to_come = and_(Webinar.status.in_(UPCOMING), ends_at > now())
    conditions: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "specialty": lambda tag: Webinar.specialty_tags.contains([tag]),
        "pricing_type": lambda kind: Webinar.pricing_type == kind,
        "host_id": lambda host_id: Webinar.host_id == host_id,
        "q": lambda words: Webinar.title.icontains(words, autoescape=True),
        "starts_after": lambda at: Webinar.starts_at >= at,
        "starts_before": lambda at: Webinar.starts_at < at,
    }
    given = {name: getattr(wanted, name) for name in conditions}
    chosen = [conditions[name](value) for name, value in given.items() if value]
    chosen.append(to_come if wanted.status is None else Webinar.status == wanted.status)
    return chosen


async def take_seat(session: AsyncSession, webinar_id: UUID) -> bool:
    """Count one seat as taken. Returns False when none is left."""
    one = update(Webinar).where(
        Webinar.id == webinar_id,
        Webinar.deleted_at.is_(None),
        or_(Webinar.capacity.is_(None), Webinar.seats_taken < Webinar.capacity),
    )
    taken = one.values(seats_taken=Webinar.seats_taken + 1).returning(Webinar.id)
    return await session.scalar(taken.execution_options(synchronize_session=False)) is not None


async def free_seat(session: AsyncSession, webinar_id: UUID) -> None:
    """Count one seat less."""
    await session.execute(
        update(Webinar)
        .where(Webinar.id == webinar_id)
        .values(seats_taken=Webinar.seats_taken - 1)
        .execution_options(synchronize_session=False)
    )
