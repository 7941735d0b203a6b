"""Proof that a caller is the person, and not somebody who came by their access token."""

from datetime import timedelta

from auth_service.accounts.errors import FreshProofNeeded
from auth_service.accounts.queries import get_user
from auth_service.current_password import prove_password
from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.factors.queries import find_totp
from auth_service.privacy.queries import has_signed_in_since
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.database import Sessions

FRESH = timedelta(minutes=15)


async def prove_freshly(
    sessions: Sessions,
    keeper: Doorkeeper,
    *,
    current_password: str | None,
    by: Principal,
    device: Device,
) -> None:
    """The caller signed in lately, by whatever factors they have, or knows the password.

    A password alone does not open an account with a second factor, so it proves nothing there.
    Raises FreshProofNeeded, CurrentPasswordWrong, AccountLocked, UserNotFound.
    """
    async with sessions.begin() as session:
        user = await get_user(session, by.user_id)
        is_fresh = await has_signed_in_since(session, sid=by.sid, since=now() - FRESH)
        factor = await find_totp(session, user.id)
    if is_fresh:
        return
    with_app = factor is not None and factor.is_on
    if with_app or current_password is None or user.password_hash is None:
        raise FreshProofNeeded
    await prove_password(sessions, keeper, user, password=current_password, by=by, device=device)
