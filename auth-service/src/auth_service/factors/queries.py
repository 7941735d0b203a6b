"""SQL for codes, authenticator apps and sign-ins half done."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.factors.models import BackupCode, MfaChallenge, OneTimeCode, TotpFactor


async def lock_destination(session: AsyncSession, destination_sha256: bytes) -> None:
    """Whoever asks for a code for this address waits until this transaction ends."""
    key = int.from_bytes(destination_sha256[:8], signed=True)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def list_sendings(
    session: AsyncSession, destination_sha256: bytes, *, since: datetime
) -> Sequence[datetime]:
    """When codes were sent to an address, newest first."""
    sent = (
        select(OneTimeCode.created_at)
        .where(OneTimeCode.destination_sha256 == destination_sha256, OneTimeCode.created_at > since)
        .order_by(OneTimeCode.created_at.desc())
    )
    return (await session.scalars(sent)).all()


async def find_last_code(session: AsyncSession, destination_sha256: bytes) -> OneTimeCode | None:
    """The newest code of an address, locked, used or not; no older one is good any more."""
    return await session.scalar(
        select(OneTimeCode)
        .where(OneTimeCode.destination_sha256 == destination_sha256)
        .order_by(OneTimeCode.created_at.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def delete_old_codes(session: AsyncSession, *, before: datetime) -> None:
    """Forget codes and half sign-ins from before `before`."""
    await session.execute(delete(OneTimeCode).where(OneTimeCode.created_at < before))
    await session.execute(delete(MfaChallenge).where(MfaChallenge.expires_at < before))


async def find_totp(session: AsyncSession, user_id: UUID) -> TotpFactor | None:
    """A person's authenticator app in whatever state. Lock the person before changing it."""
    return await session.get(TotpFactor, user_id, populate_existing=True)


async def replace_backup_codes(
    session: AsyncSession, *, user_id: UUID, digests: Sequence[bytes]
) -> None:
    """These are the person's backup codes from now on."""
    await session.execute(delete(BackupCode).where(BackupCode.user_id == user_id))
    session.add_all(
        [BackupCode(user_id=user_id, code_sha256=digest, used_at=None) for digest in digests]
    )


async def use_backup_code(
    session: AsyncSession, *, user_id: UUID, code_sha256: bytes, at: datetime
) -> bool:
    """Use a backup code up. Returns False if there is none like that, or it was used."""
    used = await session.execute(
        update(BackupCode)
        .where(
            BackupCode.user_id == user_id,
            BackupCode.code_sha256 == code_sha256,
            BackupCode.used_at.is_(None),
        )
        .values(used_at=at)
        .returning(BackupCode.id)
    )
    return used.first() is not None


async def count_backup_codes(session: AsyncSession, user_id: UUID) -> int:
    """How many backup codes are left."""
    left = select(func.count()).where(BackupCode.user_id == user_id, BackupCode.used_at.is_(None))
    return await session.scalar(left) or 0


async def find_challenge_owner(session: AsyncSession, token_sha256: bytes) -> UUID | None:
    """Who is signing in by this token."""
    owner = select(MfaChallenge.user_id).where(MfaChallenge.token_sha256 == token_sha256)
    return await session.scalar(owner)


async def lock_challenge(session: AsyncSession, token_sha256: bytes) -> MfaChallenge | None:
    """A sign-in half done, locked. The person's row is locked before."""
    return await session.scalar(
        select(MfaChallenge)
        .where(MfaChallenge.token_sha256 == token_sha256)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def void_challenges(session: AsyncSession, user_id: UUID) -> None:
    """Nobody completes a sign-in of this person that began before."""
    await session.execute(delete(MfaChallenge).where(MfaChallenge.user_id == user_id))
