"""SQL for invites."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.invites.errors import InviteNotFound
from auth_service.invites.models import Invite, InviteRedemption, InviteStatus


async def get_invite_by_code(session: AsyncSession, code_sha256: bytes) -> Invite:
    """The invite of a code, as it is now. Raises InviteNotFound for one that was taken back too."""
    invite = await session.scalar(
        select(Invite)
        .where(Invite.code_sha256 == code_sha256, Invite.revoked_at.is_(None))
        .execution_options(populate_existing=True)
    )
    if invite is None:
        raise InviteNotFound
    return invite


async def find_invite(session: AsyncSession, invite_id: UUID) -> Invite | None:
    """The invite as it is now, taken back or not."""
    return await session.get(Invite, invite_id, populate_existing=True)


async def lock_invite(session: AsyncSession, invite_id: UUID) -> Invite:
    """The invite, locked. Raises InviteNotFound."""
    found = await session.scalar(select(Invite).where(Invite.id == invite_id).with_for_update())
    if found is None:
        raise InviteNotFound
    return found


async def take_use(session: AsyncSession, invite_id: UUID, *, at: datetime) -> Invite | None:
    """One use less, in one statement that also checks; None if nothing can be taken any more."""
    taking = (
        update(Invite)
        .where(Invite.id == invite_id, Invite.uses < Invite.max_uses, Invite.expires_at > at)
        .where(Invite.revoked_at.is_(None))
        .values(uses=Invite.uses + 1, version=Invite.version + 1)
        .returning(Invite)
    )
    return await session.scalar(taking, execution_options={"populate_existing": True})


async def find_redemption(
    session: AsyncSession, *, invite_id: UUID, user_id: UUID
) -> InviteRedemption | None:
    """When this person redeemed this invite, if they did."""
    return await session.scalar(
        select(InviteRedemption).where(
            InviteRedemption.invite_id == invite_id, InviteRedemption.user_id == user_id
        )
    )


async def list_invites(
    session: AsyncSession,
    *,
    status: InviteStatus | None,
    at: datetime,
    after: UUID | None,
    limit: int,
) -> Sequence[Invite]:
    """Invites, newest first."""
    found = select(Invite).order_by(Invite.id.desc()).limit(limit)
    if status is not None:
        found = found.where(*_standing(status, at))
    if after is not None:
        found = found.where(Invite.id < after)
    return (await session.scalars(found)).all()


def _standing(status: InviteStatus, at: datetime) -> list[ColumnElement[bool]]:
    if status is InviteStatus.REVOKED:
        return [Invite.revoked_at.is_not(None)]
    living = [Invite.revoked_at.is_(None)]
    if status is InviteStatus.USED_UP:
        return [*living, Invite.uses >= Invite.max_uses]
    ended = Invite.expires_at <= at
    is_expired = status is InviteStatus.EXPIRED
    return [*living, Invite.uses < Invite.max_uses, ended if is_expired else ~ended]
