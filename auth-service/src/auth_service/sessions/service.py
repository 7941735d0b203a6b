"""Signing in, staying in, signing out."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.accounts.queries import (
    email_key_of,
    find_locked_user,
    lock_user,
)
from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.factors.challenges import Challenge, enter
from auth_service.pacing import at_least
from auth_service.secrets_at_rest import digest_of
from auth_service.sessions.ending import end_all_sessions, end_session
from auth_service.sessions.errors import CredentialsWrong, RefreshTokenInvalid
from auth_service.sessions.events import refusal_of, reuse_of
from auth_service.sessions.models import AuthSession, RefreshToken, Way, refuse_until
from auth_service.sessions.opening import (
    Door,
    Hot,
    Tokens,
    find_door,
    hand_out,
    open_plainly,
    telling_suspensions,
)
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
    sessions: Sessions, hot: Hot, keeper: Doorkeeper, *, email: str, password: str, device: Device
) -> Tokens | Challenge:
    """Check the password, with no transaction open meanwhile, and begin a session.

    Whoever set up a second factor is asked for it first.
    Takes as long and answers the same for an address that nobody has.
    Raises CredentialsWrong, AccountLocked, AccountSuspended, TooManyRequests.
    """
    email_key = email_key_of(email)
    async with keeper.passwords.one_at_a_time(digest_of(email_key)):
        async with keeper.passwords.turn():
            door = await find_door(hot.reads, email_key, demo=keeper.settings.dev)
            refuse_until(door.locked_until, now())
            matches, renewed = await keeper.passwords.verify(password, door.password_hash)
        if door.user_id is None or not matches:
            await _count_failure(sessions, door, device)
            raise CredentialsWrong
        if door.is_plain and renewed is None:
            tokens = await open_plainly(hot.writes, keeper, door, device=device)
            if tokens is not None:
                return tokens
        async with telling_suspensions(sessions, device) as session:
            person = await _let_in(session, door, door.user_id)
            person.password_hash = renewed or person.password_hash
            return await enter(session, keeper, person, device=device, way=Way.PASSWORD)


async def _let_in(session: AsyncSession, door: Door, user_id: UUID) -> User:
    """The person behind a door, locked, if it still is as it was; its failures are forgotten."""
    person = await lock_user(session, user_id)
    if person.password_hash != door.password_hash:
        raise CredentialsWrong
    failures = await find_failures(session, door.email_sha256)
    if failures is not None:
        # They may have been counted since, by another process.
        failures.refuse_while_locked(now())
        await forget_failures(session, door.email_sha256)
    return person


async def _count_failure(sessions: Sessions, door: Door, device: Device) -> None:
    # A transaction of its own: the refusal that follows rolls the request's back. It takes as long
    # for an address that nobody has, about which there is nothing to announce.
    async with at_least(COUNT_SECS), sessions.begin() as session:
        present = now()
        locked = (await lock_failures(session, door.email_sha256, present)).count(present)
        if door.user_id is not None:
            publish(session, refusal_of(door.user_id, locked=locked, device=device))


async def refresh_session(
    sessions: Sessions, keeper: Doorkeeper, *, refresh_token: str, device: Device
) -> Tokens:
    """Exchange a refresh token for the next one.

    One that was exchanged before ends its session, unless that was within ten seconds: then the
    answer was lost, and this one mints a sibling. One that comes from another device than it went
    to ends its session, too. Raises RefreshTokenInvalid.
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
    if token.was_replayed(present) or not device.may_be(family.device):
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
