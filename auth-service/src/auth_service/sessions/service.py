"""Signing in, staying in, signing out."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.accounts.queries import (
    email_key_of,
    find_locked_user,
    find_user_by_email,
    lock_user,
)
from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.factors.challenges import Challenge, enter
from auth_service.pacing import at_least
from auth_service.secrets_at_rest import digest_of
from auth_service.sessions.ending import end_all_sessions, end_session
from auth_service.sessions.errors import CredentialsWrong, RefreshTokenInvalid
from auth_service.sessions.events import refusal_of, reuse_of
from auth_service.sessions.models import AuthSession, RefreshToken, Way
from auth_service.sessions.opening import Tokens, hand_out, telling_suspensions
from auth_service.sessions.queries import (
    find_failures,
    find_refresh_token,
    forget_failures,
    list_live_sessions,
    lock_failures,
    lock_refresh_token,
    lock_session,
)
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.messaging import publish

COUNT_SECS = 0.05


async def sign_in(
    sessions: Sessions, keeper: Doorkeeper, *, email: str, password: str, device: Device
) -> Tokens | Challenge:
    """Check the password, with no transaction open meanwhile, and begin a session.

    Whoever set up a second factor is asked for it first.
    Takes as long and answers the same for an address that nobody has.
    Raises CredentialsWrong, AccountLocked, AccountSuspended, TooManyRequests.
    """
    key = digest_of(email_key_of(email))
    async with sessions.begin() as session:
        failures = await find_failures(session, key)
        user = await find_user_by_email(session, email)
    if failures is not None:
        failures.refuse_while_locked(now())

    known = user if user is not None and keeper.admits(user) else None
    hashed = known.password_hash if known else None
    matches, renewed = await keeper.passwords.verify(password, hashed)
    if known is None or not matches:
        await _count_failure(sessions, key, known, device)
        raise CredentialsWrong

    async with telling_suspensions(sessions, device) as session:
        person = await lock_user(session, known.id)
        if person.password_hash != hashed:
            raise CredentialsWrong
        if renewed is not None:
            person.password_hash = renewed
        if failures is not None:
            await forget_failures(session, key)
        return await enter(session, keeper, person, device=device, way=Way.PASSWORD)


async def _count_failure(sessions: Sessions, key: bytes, user: User | None, device: Device) -> None:
    # A transaction of its own: the refusal that follows rolls the request's back. It takes as long
    # for an address that nobody has, about which there is nothing to announce.
    async with at_least(COUNT_SECS), sessions.begin() as session:
        present = now()
        locked = (await lock_failures(session, key, present)).count(present)
        if user is not None:
            publish(session, refusal_of(user.id, locked=locked, device=device))


async def refresh_session(
    sessions: Sessions, keeper: Doorkeeper, *, refresh_token: str, device: Device
) -> Tokens:
    """Exchange a refresh token for the next one.

    One that was exchanged before ends its session, unless that was within ten seconds: then the
    answer was lost, and this one mints a sibling. Raises RefreshTokenInvalid.
    """
    async with sessions.begin() as session:
        tokens = await _rotate(session, keeper, digest_of(refresh_token), device)
    # Raised after the commit: the end of a stolen session is to stay.
    if tokens is None:
        raise RefreshTokenInvalid
    return tokens


async def _rotate(
    session: AsyncSession, keeper: Doorkeeper, digest: bytes, device: Device
) -> Tokens | None:
    locked = await _lock_family(session, digest)
    if locked is None:
        return None
    user, token, family = locked
    present = now()
    if family.ended_at is not None or not keeper.admits(user):
        return None
    if token.was_replayed(present):
        await end_session(session, user, family, cause="REFRESH_REUSED")
        publish(session, reuse_of(family, device))
        return None
    if token.expires_at <= present:
        return None
    token.used_at = token.used_at or present
    family.address = device.address
    return await hand_out(session, keeper, user, family)


async def _lock_family(
    session: AsyncSession, digest: bytes
) -> tuple[User, RefreshToken, AuthSession] | None:
    # The person first, then the session: the same order everywhere, so nobody waits in a ring.
    found = await find_refresh_token(session, digest)
    user = await find_locked_user(session, found[1].user_id) if found else None
    if user is None:
        return None
    token, family = await lock_refresh_token(session, digest)
    return user, token, family


async def sign_out(session: AsyncSession, *, refresh_token: str) -> None:
    """End the session of a refresh token; unknown or ended, there is nothing to end."""
    locked = await _lock_family(session, digest_of(refresh_token))
    if locked is not None:
        user, _, family = locked
        await end_session(session, user, family, cause="LOGOUT")


async def sign_out_everywhere(session: AsyncSession, *, refresh_token: str) -> None:
    """End every session of the person. Raises RefreshTokenInvalid if the token's own ended."""
    locked = await _lock_family(session, digest_of(refresh_token))
    if locked is None or locked[2].ended_at is not None or locked[1].expires_at <= now():
        raise RefreshTokenInvalid
    await end_all_sessions(session, locked[0], cause="LOGOUT_ALL")


async def list_sessions(
    session: AsyncSession, *, by: Principal, after: UUID | None, limit: int
) -> Sequence[AuthSession]:
    """The caller's sessions that have not ended, newest first."""
    return await list_live_sessions(session, user_id=by.user_id, after=after, limit=limit)


async def end_own_session(session: AsyncSession, *, session_id: UUID, by: Principal) -> None:
    """Sign a device of the caller out. Repeating it changes nothing. Raises SessionNotFound."""
    user = await lock_user(session, by.user_id)
    ended = await lock_session(session, session_id, owner=by.user_id)
    await end_session(session, user, ended, cause="LOGOUT")
