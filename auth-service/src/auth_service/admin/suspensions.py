"""Keeping people out, and letting them in again."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.accounts.queries import lock_user
from auth_service.admin.errors import OwnSuspension, RoleTooHigh
from auth_service.admin.queries import hold_admins
from auth_service.admin.schemas import SuspensionIn
from auth_service.admin.service import refuse_last_admin
from auth_service.sessions.queries import end_live_sessions
from contracts.access import Role, UserReinstated, UserSuspended
from servicekit.access import Principal
from servicekit.access.revocations import TOPIC, revoke
from servicekit.clock import now
from servicekit.messaging import live, publish


async def suspend(
    session: AsyncSession, *, user_id: UUID, wish: SuspensionIn, by: Principal
) -> User:
    """End a person's sessions and begin no other until the time has passed.

    Repeating it changes nothing; another reason or time replaces the former.
    Raises UserNotFound, OwnSuspension, RoleTooHigh, LastAdmin.
    """
    await hold_admins(session)
    user = await _lock_lower(session, user_id, by)
    await refuse_last_admin(session, user)
    present = now()
    if not user.suspend(reason=wish.reason, until=wish.until, at=present):
        return user
    await end_live_sessions(session, user_id=user.id, at=present)
    await revoke(session, user_id=user.id, sid=None, not_before=present)
    live(session, TOPIC, {"user_id": str(user.id)})
    publish(
        session,
        UserSuspended(
            version=user.next_version(),
            user_id=user.id,
            reason=wish.reason,
            until=wish.until,
            not_before=present,
            suspended_by=by.user_id,
        ),
    )
    return user


async def reinstate(session: AsyncSession, *, user_id: UUID, by: Principal) -> User:
    """Let a person sign in again. Repeating it changes nothing.

    Raises UserNotFound, OwnSuspension, RoleTooHigh.
    """
    user = await _lock_lower(session, user_id, by)
    _end(session, user, ended_by=by.user_id)
    return user


async def end_suspension(session: AsyncSession, *, user_id: UUID) -> None:
    """The time has passed: let the person in again, unless somebody has prolonged it."""
    user = await lock_user(session, user_id)
    if not user.is_suspended(now()):
        _end(session, user, ended_by=None)


def _end(session: AsyncSession, user: User, *, ended_by: UUID | None) -> None:
    if user.reinstate():
        ended = UserReinstated(version=user.next_version(), user_id=user.id, reinstated_by=ended_by)
        publish(session, ended)


async def _lock_lower(session: AsyncSession, user_id: UUID, by: Principal) -> User:
    if user_id == by.user_id:
        raise OwnSuspension
    user = await lock_user(session, user_id)
    if by.role is not Role.ADMIN and user.role.rank >= by.role.rank:
        raise RoleTooHigh
    return user
