"""SQL for sessions, refresh tokens and failures."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.sessions.errors import SessionNotFound
from auth_service.sessions.models import AuthSession, LoginFailure, RefreshToken


async def find_refresh_token(
    session: AsyncSession, token_sha256: bytes
) -> tuple[RefreshToken, AuthSession] | None:
    """A refresh token and its session, unlocked."""
    found = await session.execute(
        select(RefreshToken, AuthSession)
        .join(AuthSession, AuthSession.id == RefreshToken.session_id)
        .where(RefreshToken.token_sha256 == token_sha256)
    )
    row = found.one_or_none()
    return None if row is None else (row[0], row[1])


async def lock_refresh_token(
    session: AsyncSession, token_sha256: bytes
) -> tuple[RefreshToken, AuthSession]:
    """A refresh token that exists and its session, locked and as they are now."""
    found = await session.execute(
        select(RefreshToken, AuthSession)
        .join(AuthSession, AuthSession.id == RefreshToken.session_id)
        .where(RefreshToken.token_sha256 == token_sha256)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = found.one()
    return row[0], row[1]


async def list_live_sessions(
    session: AsyncSession, *, user_id: UUID, after: UUID | None, limit: int
) -> Sequence[AuthSession]:
    """A person's sessions that have not ended, newest first."""
    mine = (
        select(AuthSession)
        .where(AuthSession.user_id == user_id, AuthSession.ended_at.is_(None))
        .order_by(AuthSession.id.desc())
        .limit(limit)
    )
    if after is not None:
        mine = mine.where(AuthSession.id < after)
    return (await session.scalars(mine)).all()


async def lock_session(session: AsyncSession, session_id: UUID, *, owner: UUID) -> AuthSession:
    """One of the owner's sessions, ended or not. Raises SessionNotFound."""
    found = await session.scalar(
        select(AuthSession)
        .where(AuthSession.id == session_id, AuthSession.user_id == owner)
        .with_for_update()
    )
    if found is None:
        raise SessionNotFound
    return found


async def end_live_sessions(
    session: AsyncSession, *, user_id: UUID, at: datetime, spare: UUID | None = None
) -> Sequence[tuple[UUID, datetime]]:
    """End a person's sessions but `spare`; the id of each with the time it was last seen."""
    ending = (
        update(AuthSession)
        .where(AuthSession.user_id == user_id, AuthSession.ended_at.is_(None))
        .values(ended_at=at)
        .returning(AuthSession.id, AuthSession.last_seen_at)
    )
    if spare is not None:
        ending = ending.where(AuthSession.id != spare)
    return [(row[0], row[1]) for row in await session.execute(ending)]


async def find_failures(session: AsyncSession, email_sha256: bytes) -> LoginFailure | None:
    """How often signing in to an address failed lately."""
    return await session.get(LoginFailure, email_sha256)


async def lock_failures(session: AsyncSession, email_sha256: bytes, at: datetime) -> LoginFailure:
    """The same, made if there were none, locked."""
    await session.execute(
        insert(LoginFailure)
        .values(email_sha256=email_sha256, failures=0, last_failed_at=at)
        .on_conflict_do_nothing()
    )
    found = await session.scalars(
        select(LoginFailure)
        .where(LoginFailure.email_sha256 == email_sha256)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.one()


async def forget_failures(session: AsyncSession, email_sha256: bytes) -> None:
    """Somebody has shown that they know the password."""
    await session.execute(delete(LoginFailure).where(LoginFailure.email_sha256 == email_sha256))


async def delete_dead_sessions(session: AsyncSession, *, before: datetime) -> None:
    """Forget tokens that expired and sessions that were last seen before `before`."""
    await session.execute(delete(RefreshToken).where(RefreshToken.expires_at < before))
    await session.execute(delete(AuthSession).where(AuthSession.last_seen_at < before))


async def delete_old_failures(session: AsyncSession, *, before: datetime) -> None:
    """Forget failures before `before`."""
    await session.execute(delete(LoginFailure).where(LoginFailure.last_failed_at < before))
