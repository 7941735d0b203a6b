"""How a code becomes a role; used by those who register with one, too."""

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.invites.codes import digest_of_code
from auth_service.invites.errors import (
    InviteExpired,
    InviteForAnotherAddress,
    InviteUsedUp,
    RoleHeldAlready,
)
from auth_service.invites.events import redemption_of
from auth_service.invites.models import InviteRedemption, InviteStatus
from auth_service.invites.queries import find_redemption, get_invite_by_code, take_use
from servicekit.clock import now
from servicekit.messaging import publish


async def redeem_code(session: AsyncSession, user: User, code: str) -> InviteRedemption:
    """Raise a person, whose row is new or locked, to the role of a code. Again: the same row.

    The caller announces the role. Raises InviteNotFound, InviteForAnotherAddress, InviteExpired,
    InviteUsedUp, RoleHeldAlready; whatever is refused uses nothing up.
    """
    invite = await get_invite_by_code(session, digest_of_code(code))
    redeemed = await find_redemption(session, invite_id=invite.id, user_id=user.id)
    if redeemed is not None:
        return redeemed
    if not invite.is_for(user.email_key):
        raise InviteForAnotherAddress
    if user.role.rank >= invite.role_to_grant.rank:
        raise RoleHeldAlready

    present = now()
    taken = await take_use(session, invite.id, at=present)
    if taken is None:
        # Looked at again: taken back, or redeemed by others, since it was read.
        invite = await get_invite_by_code(session, invite.code_sha256)
        raise InviteUsedUp if invite.status is InviteStatus.USED_UP else InviteExpired
    redeemed = InviteRedemption(invite_id=taken.id, user_id=user.id, redeemed_at=present)
    session.add(redeemed)
    user.role = taken.role_to_grant
    publish(session, redemption_of(taken, user_id=user.id, full_name=user.full_name))
    return redeemed
