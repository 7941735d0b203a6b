"""From the first factor to a session: at once, or by way of the second."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.events import contact_of, password_changed_by
from auth_service.accounts.models import User
from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.factors.events import mfa_change_of
from auth_service.factors.models import CHALLENGE_LIFETIME, MfaChallenge
from auth_service.factors.queries import find_totp, remove_passkeys
from auth_service.invites.redeeming import redeem_waiting
from auth_service.secrets_at_rest import digest_of, new_secret
from auth_service.sessions.ending import Cause, end_all_sessions
from auth_service.sessions.models import Proof, Way
from auth_service.sessions.opening import Tokens, open_session
from servicekit.clock import now
from servicekit.messaging import publish


@dataclass(frozen=True, slots=True)
class Challenge:
    """The first factor was right; `mfa_token` takes the second within `expires_in` seconds."""

    mfa_token: str
    expires_in: int
    mfa_required: Literal[True] = True
    methods: tuple[str, ...] = ("TOTP", "BACKUP_CODE")


async def enter(
    session: AsyncSession, keeper: Doorkeeper, user: User, *, device: Device, way: Way
) -> Tokens | Challenge:
    """A session for a person whose row is locked, or the question for their second factor.

    Raises AccountSuspended.
    """
    totp = await find_totp(session, user.id)
    if totp is None or not totp.is_on:
        proof = Proof(way)
        return await open_session(
            session, keeper, user, device=device, method="PASSWORD", proof=proof
        )
    return await _begin(session, user, way)


async def prove_email(
    session: AsyncSession, user: User, *, device: Device, cause: Cause = "PASSWORD_CHANGED"
) -> bool:
    """Whoever comes has proved that this address is theirs; who set the password may be another.

    So every way into an account whose address nobody had proved ends here, password, passkeys,
    number and sessions, unless a second factor is asked for: then nothing is proved, and whoever
    passes is the one who made the account. Returns whether it was proved just now.
    """
    if user.email is None or user.email_verified:
        return False
    totp = await find_totp(session, user.id)
    if totp is not None and totp.is_on:
        return False
    user.verify_email(now())
    if user.phone_verified_at is not None:
        user.phone_number = user.phone_verified_at = None
    publish(session, contact_of(user))
    if await remove_passkeys(session, user.id, at=now()):
        publish(session, mfa_change_of(user, "DISABLED", "PASSKEY", device=device))
    if user.password_hash is not None:
        user.password_hash = None
        publish(session, password_changed_by(user, reset=True, device=device))
    await end_all_sessions(session, user, cause=cause)
    await redeem_waiting(session, user)
    return True


async def _begin(session: AsyncSession, user: User, way: Way) -> Challenge:
    token, present = new_secret(), now()
    session.add(
        MfaChallenge(
            user_id=user.id,
            token_sha256=digest_of(token),
            way=way,
            created_at=present,
            expires_at=present + CHALLENGE_LIFETIME,
            tries=0,
            used_at=None,
        )
    )
    await session.flush()
    return Challenge(token, int(CHALLENGE_LIFETIME.total_seconds()))
