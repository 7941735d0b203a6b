"""SQL for what admins look for."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import AccountStatus, User
from auth_service.accounts.queries import containing
from auth_service.admin.schemas import UserFilter
from contracts.access import Role

_HOLD_ADMINS = text("SELECT pg_advisory_xact_lock(7704)")


async def hold_admins(session: AsyncSession) -> None:
    """Nobody else takes an admin away until this transaction ends. Before any person is locked."""
    await session.execute(_HOLD_ADMINS)


async def is_other_admin_left(session: AsyncSession, user_id: UUID) -> bool:
    """Whether somebody else is an admin who can act."""
    other = exists().where(
        User.role == Role.ADMIN, User.status == AccountStatus.ACTIVE, User.id != user_id
    )
    return bool(await session.scalar(select(other)))


async def list_users(
    session: AsyncSession, wanted: UserFilter, *, after: UUID | None, limit: int
) -> Sequence[User]:
    """People, newest first; see `UserFilter`."""
    found = select(User).order_by(User.id.desc()).limit(limit)
    named = [User.full_name, User.username]
    # The key holds domains as A-labels, which nobody types; the address itself is not indexed.
    said = wanted.email or wanted.q or ""
    addresses = [User.email_key] if said.isascii() else [User.email_key, User.email]
    for words, columns in (
        (wanted.q, [*addresses, *named]),
        (wanted.email, addresses),
        (wanted.name, named),
    ):
        if words:
            held = containing(words)
            found = found.where(or_(*(column.ilike(held, escape="\\") for column in columns)))
    if wanted.role is not None:
        found = found.where(User.role == wanted.role)
    for status in (wanted.status, wanted.state):
        if status is not None:
            found = found.where(User.status == status)
    if after is not None:
        found = found.where(User.id < after)
    return (await session.scalars(found)).all()


async def list_ended_suspensions(
    session: AsyncSession, *, at: datetime, limit: int
) -> Sequence[UUID]:
    """Who is suspended although the time has passed."""
    ended = select(User.id).where(
        User.status == AccountStatus.SUSPENDED, User.suspended_until <= at
    )
    return (await session.scalars(ended.order_by(User.suspended_until).limit(limit))).all()
