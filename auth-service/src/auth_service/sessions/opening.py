"""How a session begins and goes on: rows, the announcement, and what the person takes along."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from psycopg import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import Origin, User
from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.secrets_at_rest import digest_of, new_secret
from auth_service.sessions.errors import AccountSuspended
from auth_service.sessions.events import start_of, suspension_of
from auth_service.sessions.models import BY_PASSWORD, AuthSession, Proof, RefreshToken
from contracts.access import Role
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging import publish
from servicekit.messaging.outbox import SAID
from servicekit.problems import ServiceUnavailable
from servicekit.web.reads import HotReads
from servicekit.web.writes import HotWrites

_DOOR = """
    SELECT u.id, u.version, u.password_hash, u.origin, f.locked_until,
           f.email_sha256 IS NULL AND u.status = 'ACTIVE' AND NOT EXISTS (
               SELECT FROM totp_factors t
                WHERE t.user_id = u.id AND t.confirmed_at IS NOT NULL AND t.ended_at IS NULL)
      FROM (SELECT CAST(%(email_key)s AS text) AS email_key) AS asked
      LEFT JOIN users u USING (email_key)
      LEFT JOIN login_failures f ON f.email_sha256 = %(email_sha256)s
"""
# The plain sign-in, a password and nothing in its way, is one statement that does what
# `open_session` says at length. The person stays as they are until the commit. Who is not as they
# were when they were read is NULL, which no session may belong to: then nothing of this stands, the
# outbox row neither. Whatever is said of a person counts their version: a second factor, too.
_OPEN = f"""
    WITH person AS (
        SELECT id, role, verified_until FROM users
         WHERE id = %(user_id)s AND password_hash = %(password_hash)s AND status = 'ACTIVE'
           AND version = %(version)s
           AND NOT EXISTS (SELECT FROM login_failures WHERE email_sha256 = %(email_sha256)s)
           FOR NO KEY UPDATE),
    opened AS (
        INSERT INTO sessions (id, user_id, device, address, started_at, last_seen_at)
        VALUES (%(session_id)s, (SELECT id FROM person), %(device)s, %(address)s, %(at)s, %(at)s)),
    taken_along AS (
        INSERT INTO refresh_tokens (id, session_id, token_sha256, issued_at, expires_at)
        VALUES (%(token_id)s, %(session_id)s, %(token_sha256)s, %(at)s, %(expires_at)s)),
    said AS ({SAID})
    SELECT role, verified_until FROM person
"""  # noqa: S608  (both parts are our own text)


@dataclass(frozen=True, slots=True)
class Hot:
    """The connections that such statements run on."""

    reads: HotReads
    writes: HotWrites


@dataclass(frozen=True, slots=True)
class Door:
    """What is known of an address that somebody signs in to.

    `is_plain`: one statement opens a session, if the password is right. `password_hash` is missing
    where nobody lives, or nobody who may come in by a password.
    """

    email_sha256: bytes
    user_id: UUID | None
    version: int
    password_hash: str | None
    locked_until: datetime | None
    is_plain: bool


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
    access_token, secs = await keeper.minter.access_token(user, sid=opened.id)
    return Tokens(access_token, refresh_token, secs)


async def find_door(reads: HotReads, email_key: str, *, demo: bool) -> Door:
    """The door of an address, known or not, in the same time.

    Demo accounts are behind it only where `demo` says so.
    """
    email_sha256 = digest_of(email_key)
    [[user_id, version, password_hash, origin, locked_until, is_plain]] = await reads.rows(
        _DOOR, {"email_key": email_key, "email_sha256": email_sha256}
    )
    if user_id is None or (Origin(origin) is Origin.DEMO and not demo):
        return Door(email_sha256, None, 0, None, locked_until, is_plain=False)
    return Door(email_sha256, user_id, version, password_hash, locked_until, bool(is_plain))


async def open_plainly(
    writes: HotWrites, keeper: Doorkeeper, door: Door, *, device: Device
) -> Tokens | None:
    """A session behind a plain door; None if it is not as it was when it was found."""
    if door.user_id is None:
        return None
    present, refresh_token = now(), new_secret()
    # Before the statement: a loss of rights that waits for it is younger than this token.
    issued_at = time.time()
    opened = AuthSession(
        id=uuid7(), user_id=door.user_id, device=device.name, address=device.address
    )
    values = {
        "user_id": door.user_id,
        "version": door.version,
        "password_hash": door.password_hash,
        "email_sha256": door.email_sha256,
        "session_id": opened.id,
        "device": device.name,
        "address": device.address,
        "at": present,
        "token_id": uuid7(),
        "token_sha256": digest_of(refresh_token),
        "expires_at": present + timedelta(days=keeper.settings.refresh_token_days),
    }
    try:
        rows = await writes.write(_OPEN, values, start_of(opened, "PASSWORD", BY_PASSWORD))
    except (IntegrityError, ServiceUnavailable):
        # Not as it was; or a kept connection was lost, and repeating does no harm.
        return None
    [[role, verified_until]] = rows
    user = User(id=door.user_id, role=Role(role), verified_until=verified_until)
    access_token, secs = await keeper.minter.access_token(user, sid=opened.id, issued_at=issued_at)
    return Tokens(access_token, refresh_token, secs)
