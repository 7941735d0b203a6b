"""How sessions end: refresh tokens at once, access tokens everywhere within a second."""

from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.factors.queries import void_challenges
from auth_service.federation.queries import void_handovers
from auth_service.sessions.models import AuthSession
from auth_service.sessions.queries import end_live_sessions
from contracts.access import UserSessionsRevoked
from servicekit.access.revocations import TOPIC, revoke
from servicekit.clock import now
from servicekit.messaging import live, publish

Cause = Literal["LOGOUT", "LOGOUT_ALL", "PASSWORD_RESET", "PASSWORD_CHANGED", "REFRESH_REUSED"]

LONGEST_ACCESS = timedelta(hours=1)


async def end_session(
    session: AsyncSession, user: User, ended: AuthSession, *, cause: Cause
) -> bool:
    """End one session of a person; both rows are locked. Returns False if it had ended before."""
    if not ended.end(now()):
        return False
    await _revoke(session, user, sid=ended.id, cause=cause)
    return True


async def end_all_sessions(session: AsyncSession, user: User, *, cause: Cause) -> None:
    """End every session of a person whose row is locked."""
    await _void_what_is_half_done(session, user)
    await end_live_sessions(session, user_id=user.id, at=now())
    await _revoke(session, user, sid=None, cause=cause)


async def end_other_sessions(
    session: AsyncSession, user: User, *, spare: UUID, cause: Cause
) -> None:
    """End every session of a person but `spare`; long unseen ones have no access token left."""
    present = now()
    await _void_what_is_half_done(session, user)
    ended = await end_live_sessions(session, user_id=user.id, at=present, spare=spare)
    for sid, last_seen_at in ended:
        if last_seen_at > present - LONGEST_ACCESS:
            await _revoke(session, user, sid=sid, cause=cause)


async def _void_what_is_half_done(session: AsyncSession, user: User) -> None:
    await void_challenges(session, user.id)
    await void_handovers(session, user.id)


async def _revoke(session: AsyncSession, user: User, *, sid: UUID | None, cause: Cause) -> None:
    not_before = now()
    await revoke(session, user_id=user.id, sid=sid, not_before=not_before)
    live(session, TOPIC, {"user_id": str(user.id)})
    publish(
        session,
        UserSessionsRevoked(
            version=user.next_version(),
            user_id=user.id,
            sid=sid,
            not_before=not_before,
            cause=cause,
        ),
    )
