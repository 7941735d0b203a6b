"""SQL for codes, authenticator apps and sign-ins half done."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.factors.errors import PasskeyNotFound
from auth_service.factors.models import (
    BackupCode,
    MfaChallenge,
    OneTimeCode,
    Passkey,
    PasskeyChallenge,
    TotpFactor,
)

MOST_PASSKEYS = 20
"""A person's passkeys, at most."""


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


async def delete_old_codes(session: AsyncSession, *, before: datetime, at: datetime) -> None:
    """Forget codes from before `before`, and half sign-ins that had expired by `at`."""
    await session.execute(delete(OneTimeCode).where(OneTimeCode.created_at < before))
    await session.execute(delete(MfaChallenge).where(MfaChallenge.expires_at < at))
    await session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < at))


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


async def list_passkeys(
    session: AsyncSession, *, user_id: UUID, after: UUID | None = None, limit: int = MOST_PASSKEYS
) -> Sequence[Passkey]:
    """A person's passkeys, oldest first."""
    mine = (
        select(Passkey)
        .where(Passkey.user_id == user_id, Passkey.removed_at.is_(None))
        .order_by(Passkey.id)
        .limit(limit)
    )
    if after is not None:
        mine = mine.where(Passkey.id > after)
    return (await session.scalars(mine)).all()


async def find_passkey(session: AsyncSession, credential_id: bytes) -> Passkey | None:
    """The passkey of this id, removed or not; as the row is now."""
    return await session.scalar(
        select(Passkey)
        .where(Passkey.credential_id == credential_id)
        .execution_options(populate_existing=True)
    )


async def get_passkey(session: AsyncSession, passkey_id: UUID, *, owner: UUID) -> Passkey:
    """One of the owner's passkeys, removed or not. Raises PasskeyNotFound."""
    found = await session.scalar(
        select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == owner)
    )
    if found is None:
        raise PasskeyNotFound
    return found


async def remove_passkeys(session: AsyncSession, user_id: UUID, *, at: datetime) -> bool:
    """End every passkey of a person; whether there were any."""
    removed = await session.scalars(
        update(Passkey)
        .where(Passkey.user_id == user_id, Passkey.removed_at.is_(None))
        .values(removed_at=at)
        .returning(Passkey.id)
    )
    return bool(removed.all())


async def take_passkey_challenge(
    session: AsyncSession, challenge_sha256: bytes, *, user_id: UUID | None, at: datetime
) -> bool:
    """Use a challenge up. Returns False if it is unknown, expired, or was somebody else's."""
    taken = await session.execute(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge_sha256 == challenge_sha256,
            PasskeyChallenge.user_id.is_not_distinct_from(user_id),
            PasskeyChallenge.expires_at > at,
        )
        .returning(PasskeyChallenge.challenge_sha256)
    )
    return taken.first() is not None
