"""SQL for verifications."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.verification.errors import VerificationNotFound
from auth_service.verification.models import OPEN, DocumentType, Verification
from contracts.access import VerificationStatus

MOST = 100


async def list_own_verifications(session: AsyncSession, user_id: UUID) -> Sequence[Verification]:
    """A person's submissions, newest first, a hundred at most."""
    own = select(Verification).where(Verification.user_id == user_id)
    return (await session.scalars(own.order_by(Verification.id.desc()).limit(MOST))).all()


async def list_open_verifications(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> list[tuple[Verification, User]]:
    """Submissions that nobody decided on, oldest first, with their owners."""
    waiting = (
        select(Verification, User)
        .join(User, User.id == Verification.user_id)
        .where(Verification.status.in_(OPEN))
        .order_by(Verification.id)
        .limit(limit)
    )
    if after is not None:
        waiting = waiting.where(Verification.id > after)
    return [(row[0], row[1]) for row in await session.execute(waiting)]


async def get_owner_id(session: AsyncSession, verification_id: UUID) -> UUID:
    """Whose document it is. Raises VerificationNotFound."""
    owner = select(Verification.user_id).where(Verification.id == verification_id)
    owner_id = await session.scalar(owner)
    if owner_id is None:
        raise VerificationNotFound
    return owner_id


async def lock_verification(session: AsyncSession, verification_id: UUID) -> Verification:
    """The submission, locked. Lock its owner first. Raises VerificationNotFound."""
    found = await session.scalar(
        select(Verification)
        .where(Verification.id == verification_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise VerificationNotFound
    return found


async def find_last_day(session: AsyncSession, user_id: UUID) -> date | None:
    """The last day of the person's longest accepted licence; `date.max` if one has no end."""
    accepted = select(func.max(func.coalesce(Verification.expires_on, date.max))).where(
        Verification.user_id == user_id,
        Verification.document_type == DocumentType.MEDICAL_LICENSE,
        Verification.status == VerificationStatus.APPROVED,
    )
    return await session.scalar(accepted)


async def find_latest_status(session: AsyncSession, user_id: UUID) -> VerificationStatus | None:
    """Where the person's latest submission stands."""
    own = select(Verification.status).where(Verification.user_id == user_id)
    return await session.scalar(own.order_by(Verification.id.desc()).limit(1))


async def list_lapsed_ids(
    session: AsyncSession, *, today: date, after: UUID, limit: int
) -> Sequence[UUID]:
    """Accepted documents whose last day has passed, by their ids, from `after` on."""
    lapsed = select(Verification.id).where(
        Verification.status == VerificationStatus.APPROVED,
        Verification.expires_on < today,
        Verification.id > after,
    )
    return (await session.scalars(lapsed.order_by(Verification.id).limit(limit))).all()
