"""How a session begins and goes on: rows, the announcement, and what the person takes along."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.secrets_at_rest import digest_of, new_secret
from auth_service.sessions.errors import AccountSuspended
from auth_service.sessions.events import start_of, suspension_of
from auth_service.sessions.models import BY_PASSWORD, AuthSession, Proof, RefreshToken
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.messaging import publish


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a signed-in person holds. `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  (a word of RFC 6750)


async def open_session(
    session: AsyncSession,
    keeper: Doorkeeper,
    user: User,
    *,
    device: Device,
    method: Literal["PASSWORD", "REGISTRATION"],
    proof: Proof = BY_PASSWORD,
) -> Tokens:
    """A new session of a person whose row is new or locked. Raises AccountSuspended."""
    present = now()
    if user.is_suspended(present):
        raise AccountSuspended(user_id=user.id, until=user.suspended_until)
    opened = AuthSession(
        user_id=user.id,
        device=device.name,
        address=device.address,
        started_at=present,
        last_seen_at=present,
        second_factor_at=present if proof.second_factor else None,
    )
    session.add(opened)
    await session.flush()
    publish(session, start_of(opened, method, proof))
    return await hand_out(session, keeper, user, opened)


@asynccontextmanager
async def telling_suspensions(sessions: Sessions, device: Device) -> AsyncIterator[AsyncSession]:
    """A transaction that opens a session; that a suspended person tried to is announced."""
    try:
        async with sessions.begin() as session:
            yield session
    except AccountSuspended as refused:
        # A transaction of its own: the refusal has rolled that one back.
        async with sessions.begin() as session:
            publish(session, suspension_of(refused.user_id, device))
        raise


async def hand_out(
    session: AsyncSession, keeper: Doorkeeper, user: User, opened: AuthSession
) -> Tokens:
    """An access token with the person's present rights, and the next refresh token."""
    refresh_token, present = new_secret(), now()
    opened.last_seen_at = present
    session.add(
        RefreshToken(
            session_id=opened.id,
            token_sha256=digest_of(refresh_token),
            issued_at=present,
            expires_at=present + timedelta(days=keeper.settings.refresh_token_days),
        )
    )
    access_token = await keeper.minter.access_token(user, sid=opened.id)
    return Tokens(access_token, refresh_token, keeper.minter.access_token_secs)
