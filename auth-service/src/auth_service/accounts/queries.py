"""SQL for accounts and one-time tokens."""

import unicodedata
from datetime import datetime
from uuid import UUID

import idna
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.errors import UserNotFound
from auth_service.accounts.models import LetterPurpose, OneTimeToken, User


def email_key_of(email: str) -> str:
    """What two spellings of one address have in common: case and Unicode form do not count.

    The domain is what mail servers look up, its A-labels (RFC 5890, UTS 46 non-transitional): no
    two that differ are one. The part before is in small letters and NFC; what only looks alike,
    `ß` and `ss`, is another mailbox. An address of ASCII alone is its own key in small letters.
    """
    local, at, domain = email.rpartition("@")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            domain = unicodedata.normalize("NFC", domain)
    small = unicodedata.normalize("NFC", local).lower()
    return unicodedata.normalize("NFC", small) + at + domain.lower()


async def get_user(session: AsyncSession, user_id: UUID) -> User:
    """The person. Raises UserNotFound."""
    user = await session.get(User, user_id)
    if user is None:
        raise UserNotFound
    return user


async def find_user_by_email(session: AsyncSession, email: str) -> User | None:
    """The account of an address in any spelling."""
    return await session.scalar(select(User).where(User.email_key == email_key_of(email)))


async def find_user_by_phone(session: AsyncSession, phone_number: str) -> User | None:
    """The account whose owner has proved that this number (E.164) is theirs."""
    proved = select(User).where(
        User.phone_number == phone_number, User.phone_verified_at.is_not(None)
    )
    return await session.scalar(proved)


async def find_locked_user(session: AsyncSession, user_id: UUID) -> User | None:
    """The person, locked against other changes until this transaction ends; as the row is now."""
    # FOR NO KEY UPDATE: rows that point to the person may still be inserted.
    return await session.scalar(
        select(User)
        .where(User.id == user_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def lock_user(session: AsyncSession, user_id: UUID) -> User:
    """The person, locked against other changes until this transaction ends. Raises UserNotFound."""
    user = await find_locked_user(session, user_id)
    if user is None:
        raise UserNotFound
    return user


def containing(words: str) -> str:
    """A LIKE pattern for whatever holds these words; `ilike` can use the trigram index."""
    return "%" + words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"


async def close_open_tokens(
    session: AsyncSession, *, user_id: UUID, purpose: LetterPurpose, at: datetime
) -> None:
    """Whatever was mailed before is worthless from now on. The person's row must be locked."""
    await session.execute(
        update(OneTimeToken)
        .where(
            OneTimeToken.user_id == user_id,
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
        )
        .values(used_at=at)
    )


async def find_token_owner(
    session: AsyncSession, *, token_sha256: bytes, purpose: LetterPurpose
) -> User | None:
    """Whose account a mailed token opens, whether it is still good or not."""
    owner = (
        select(User)
        .join(OneTimeToken, OneTimeToken.user_id == User.id)
        .where(OneTimeToken.token_sha256 == token_sha256, OneTimeToken.purpose == purpose)
    )
    return await session.scalar(owner)


async def find_open_token(
    session: AsyncSession, *, user_id: UUID, purpose: LetterPurpose
) -> OneTimeToken | None:
    """The one token of this purpose that was not used, locked."""
    return await session.scalar(
        select(OneTimeToken)
        .where(
            OneTimeToken.user_id == user_id,
            OneTimeToken.purpose == purpose,
            OneTimeToken.used_at.is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def delete_old_tokens(session: AsyncSession, *, before: datetime) -> None:
    """Forget tokens that expired before `before`."""
    await session.execute(delete(OneTimeToken).where(OneTimeToken.expires_at < before))
