"""Invites: made, shown, taken back, redeemed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.queries import email_key_of, get_user, lock_user
from auth_service.invites.codes import digest_of_code, new_invite_code
from auth_service.invites.events import creation_of, promotion_of, revocation_of
from auth_service.invites.models import Invite, InviteStatus
from auth_service.invites.queries import get_invite_by_code, list_invites, lock_invite
from auth_service.invites.redeeming import redeem_code
from auth_service.invites.schemas import InviteIn
from contracts.access import Role
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.messaging import publish

LIFETIME = timedelta(days=30)
HINT = 5


async def create_invite(
    session: AsyncSession, *, wish: InviteIn, by: Principal
) -> tuple[Invite, str]:
    """An invite and its code, which nobody can read afterwards."""
    code = new_invite_code()
    invite = Invite(
        code_sha256=digest_of_code(code),
        code_hint=code[-HINT:],
        role_to_grant=Role(wish.role_to_grant),
        email=wish.email,
        email_key=wish.email and email_key_of(wish.email),
        max_uses=wish.max_uses,
        created_by=by.user_id,
        expires_at=wish.expires_at or now() + LIFETIME,
    )
    session.add(invite)
    await session.flush()
    publish(session, creation_of(invite))
    return invite, code


async def search_invites(
    session: AsyncSession, *, status: InviteStatus | None, after: UUID | None, limit: int
) -> Sequence[Invite]:
    """Invites, newest first."""
    return await list_invites(session, status=status, at=now(), after=after, limit=limit)


async def revoke_invite(session: AsyncSession, *, invite_id: UUID, by: Principal) -> None:
    """Nobody redeems it any more; who did keeps the role. Repeating it changes nothing.

    Raises InviteNotFound.
    """
    invite = await lock_invite(session, invite_id)
    if invite.revoke(now()):
        publish(session, revocation_of(invite, revoked_by=by.user_id))


async def look_at_invite(session: AsyncSession, *, code: str, by: Principal) -> dict[str, Any]:
    """What a code offers to the caller. Raises InviteNotFound."""
    invite = await get_invite_by_code(session, digest_of_code(code))
    user = await get_user(session, by.user_id)
    return {
        "role_to_grant": invite.role_to_grant,
        "status": invite.status,
        "expires_at": invite.expires_at,
        "for_me": invite.is_for(user.email_key),
    }


async def redeem_invite(session: AsyncSession, *, code: str, by: Principal) -> dict[str, Any]:
    """Raise the caller to the role of a code. Repeating it changes nothing.

    Raises what `redeem_code` raises.
    """
    user = await lock_user(session, by.user_id)
    former = user.role
    redeemed = await redeem_code(session, user, code)
    if user.role is not former:
        publish(session, promotion_of(user, former))
    return {
        "invite_id": redeemed.invite_id,
        "user_id": user.id,
        "role": user.role,
        "redeemed_at": redeemed.redeemed_at,
    }
