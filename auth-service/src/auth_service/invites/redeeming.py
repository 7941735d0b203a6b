"""How a code becomes a role; used by those who register with one, too."""

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.invites.codes import digest_of_code
from auth_service.invites.errors import (
    AddressNotProved,
    InviteExpired,
    InviteForAnotherAddress,
    InviteNotFound,
    InviteUsedUp,
    RoleHeldAlready,
)
from auth_service.invites.events import promotion_of, redemption_of
from auth_service.invites.models import Invite, InviteRedemption, InviteStatus
from auth_service.invites.queries import (
    find_invite,
    find_redemption,
    get_invite_by_code,
    take_use,
)
from servicekit.clock import now
from servicekit.messaging import publish


async def redeem_code(session: AsyncSession, user: User, code: str) -> InviteRedemption:
    """Raise a person, whose row is locked, to the role of a code. Again: the same row.

    The caller announces the role. Raises InviteNotFound, InviteForAnotherAddress, AddressNotProved,
    InviteExpired, InviteUsedUp, RoleHeldAlready; whatever is refused uses nothing up.
    """
    invite = await get_invite_by_code(session, digest_of_code(code))
    redeemed = await find_redemption(session, invite_id=invite.id, user_id=user.id)
    if redeemed is not None:
        return redeemed
    if not invite.is_for(user.email_key):
        raise InviteForAnotherAddress
    if invite.email_key is not None and not user.email_verified:
        raise AddressNotProved
    return await _redeem(session, user, invite)


async def register_with_code(session: AsyncSession, user: User, code: str) -> None:
    """The same for a person whose row is new, but for an invite for their address: that one waits.

    Whoever has the code need not have the mailbox. Raises what `redeem_code` raises.
    """
    try:
        await redeem_code(session, user, code)
    except AddressNotProved:
        invite = await get_invite_by_code(session, digest_of_code(code))
        if invite.status is not InviteStatus.OPEN:
            raise InviteUsedUp if invite.uses >= invite.max_uses else InviteExpired from None
        user.waiting_invite_id = invite.id


async def redeem_waiting(session: AsyncSession, user: User) -> None:
    """The address of a person, whose row is locked, is proved: the invite that waited is good now.

    One that was taken back, used up or expired meanwhile, or was for a former address, is dropped.
    """
    invite_id, user.waiting_invite_id = user.waiting_invite_id, None
    invite = await find_invite(session, invite_id) if invite_id is not None else None
    if invite is None or invite.email_key != user.email_key:
        return
    former = user.role
    try:
        await _redeem(session, user, invite)
    except (InviteExpired, InviteUsedUp, InviteNotFound, RoleHeldAlready):
        return
    publish(session, promotion_of(user, former))


async def _redeem(session: AsyncSession, user: User, invite: Invite) -> InviteRedemption:
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
