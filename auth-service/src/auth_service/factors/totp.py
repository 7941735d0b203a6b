"""Authenticator apps (RFC 6238) with backup codes, and sign-ins that need them."""

import secrets
from datetime import datetime

import pyotp
from cryptography.fernet import Fernet, MultiFernet
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.accounts.queries import find_locked_user, lock_user
from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.factors.errors import (
    ChallengeNotValid,
    SecondFactorNeeded,
    SecondFactorWrong,
    TotpAlreadyOn,
    TotpCodeWrong,
    TotpNotFound,
)
from auth_service.factors.events import mfa_change_of, wrong_factor_of
from auth_service.factors.models import TotpFactor
from auth_service.factors.queries import (
    count_backup_codes,
    find_challenge_owner,
    find_totp,
    lock_challenge,
    replace_backup_codes,
    use_backup_code,
)
from auth_service.factors.schemas import BackupCodesOut, MfaOut, MfaVerifyIn, TotpOut
from auth_service.fresh_proof import FRESH
from auth_service.secrets_at_rest import digest_of, is_same
from auth_service.sessions.models import Proof
from auth_service.sessions.opening import Tokens, open_session, telling_suspensions
from auth_service.sessions.queries import (
    find_failures,
    forget_failures,
    lock_failures,
    lock_session,
)
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.messaging import publish

ISSUER = "Docfliq"
BACKUP_CODES = 10
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


async def get_mfa(session: AsyncSession, *, by: Principal) -> MfaOut:
    """Whether the caller's sign-in needs a second factor, and how many backup codes are left."""
    totp = await find_totp(session, by.user_id)
    is_on = totp is not None and totp.is_on
    return MfaOut(
        totp=is_on,
        confirmed_at=totp.confirmed_at if totp is not None and is_on else None,
        backup_codes_left=await count_backup_codes(session, by.user_id) if is_on else 0,
    )


async def set_up_totp(session: AsyncSession, keeper: Doorkeeper, *, by: Principal) -> TotpOut:
    """A new secret for the caller's app; the former unconfirmed one is void.

    Raises TotpAlreadyOn.
    """
    user = await lock_user(session, by.user_id)
    totp = await find_totp(session, user.id)
    if totp is not None and totp.is_on:
        raise TotpAlreadyOn
    secret = pyotp.random_base32()
    sealed = _fernet(keeper.settings.sealing_keys).encrypt(secret.encode()).decode()
    totp = totp or TotpFactor(user_id=user.id)
    totp.begin(sealed, now())
    session.add(totp)
    label = user.email or user.phone_number or str(user.id)
    uri = pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name=ISSUER)
    return TotpOut(secret=secret, otpauth_uri=uri)


async def confirm_totp(
    sessions: Sessions, keeper: Doorkeeper, *, code: str, by: Principal, device: Device
) -> BackupCodesOut:
    """Signing in needs the app from now on. The backup codes are shown this one time.

    Raises TotpNotFound, TotpCodeWrong, AccountLocked after too many wrong codes.
    """
    async with sessions.begin() as session:
        user = await lock_user(session, by.user_id)
        totp = await find_totp(session, user.id)
        if totp is None or not totp.is_waiting:
            raise TotpNotFound
        await _refuse_while_guessed(session, user)
        codes = await _switch_on(session, keeper, user, totp, code=code, by=by)
        if codes is None:
            await _count_guess(session, user, device)
        else:
            publish(session, mfa_change_of(user, "ENABLED", device=device))
    if codes is None:
        raise TotpCodeWrong
    return BackupCodesOut(backup_codes=codes)


async def _switch_on(
    session: AsyncSession,
    keeper: Doorkeeper,
    user: User,
    totp: TotpFactor,
    *,
    code: str,
    by: Principal,
) -> list[str] | None:
    present = now()
    if not _accept(totp, keeper.settings.sealing_keys, code, present):
        return None
    totp.confirmed_at = present
    own = await lock_session(session, by.sid, owner=user.id)
    own.second_factor_at = present
    codes = [_new_backup_code() for _ in range(BACKUP_CODES)]
    digests = [digest_of(one.replace("-", "")) for one in codes]
    await replace_backup_codes(session, user_id=user.id, digests=digests)
    await forget_failures(session, _guess_key(user))
    return codes


async def remove_totp(session: AsyncSession, *, by: Principal, device: Device) -> None:
    """Sign in without the app from now on. Repeating it changes nothing.

    Raises TotpNotFound if there never was one, SecondFactorNeeded unless the second factor was
    shown in this session within a quarter of an hour: a stolen token must not open the account.
    """
    user = await lock_user(session, by.user_id)
    totp = await find_totp(session, user.id)
    if totp is None:
        raise TotpNotFound
    if totp.is_on:
        own, present = await lock_session(session, by.sid, owner=user.id), now()
        if own.second_factor_at is None or own.second_factor_at < present - FRESH:
            raise SecondFactorNeeded
        await replace_backup_codes(session, user_id=user.id, digests=[])
        publish(session, mfa_change_of(user, "DISABLED", device=device))
    if totp.ended_at is None:
        totp.end(now())


async def pass_challenge(
    sessions: Sessions, keeper: Doorkeeper, *, wish: MfaVerifyIn, device: Device
) -> Tokens:
    """Complete a sign-in with the second factor.

    Raises ChallengeNotValid, SecondFactorWrong, AccountLocked, AccountSuspended.
    """
    # A wrong code counts, so this transaction commits before it is refused.
    async with telling_suspensions(sessions, device) as session:
        tokens = await _pass(session, keeper, wish, device)
    if tokens is None:
        raise SecondFactorWrong
    return tokens


async def _pass(
    session: AsyncSession, keeper: Doorkeeper, wish: MfaVerifyIn, device: Device
) -> Tokens | None:
    digest = digest_of(wish.mfa_token)
    owner_id = await find_challenge_owner(session, digest)
    user = await find_locked_user(session, owner_id) if owner_id else None
    if user is None or not keeper.admits(user):
        raise ChallengeNotValid
    challenge, totp, present = (
        await lock_challenge(session, digest),
        await find_totp(session, user.id),
        now(),
    )
    if challenge is None or not challenge.is_open(present) or totp is None or not totp.is_on:
        raise ChallengeNotValid
    await _refuse_while_guessed(session, user)

    challenge.tries += 1
    if not await _is_right(session, keeper, totp, wish):
        await _count_guess(session, user, device)
        return None
    if wish.otp_code is None:
        publish(session, mfa_change_of(user, "BACKUP_CODE_USED", device=device))
    challenge.used_at = present
    await forget_failures(session, _guess_key(user))
    return await open_session(
        session,
        keeper,
        user,
        device=device,
        method="PASSWORD",
        proof=Proof(challenge.way, second_factor=True),
    )


async def _is_right(
    session: AsyncSession, keeper: Doorkeeper, totp: TotpFactor, wish: MfaVerifyIn
) -> bool:
    if wish.otp_code is not None:
        return _accept(totp, keeper.settings.sealing_keys, wish.otp_code, now())
    digest = digest_of(str(wish.backup_code))
    return await use_backup_code(session, user_id=totp.user_id, code_sha256=digest, at=now())


def _accept(totp: TotpFactor, sealing_keys: SecretStr, code: str, at: datetime) -> bool:
    """Whether the app shows this code now or did a moment ago; each half minute counts once."""
    secret = _fernet(sealing_keys).decrypt(str(totp.sealed_secret).encode()).decode()
    app, current = pyotp.TOTP(secret), int(at.timestamp()) // 30
    for step in (current - 1, current, current + 1):
        is_new = totp.last_step is None or step > totp.last_step
        if is_new and is_same(app.generate_otp(step).encode(), code.encode()):
            totp.last_step = step
            return True
    return False


def _guess_key(user: User) -> bytes:
    # Beside the failures of addresses: the right password must not forgive wrong codes.
    return digest_of(f"mfa:{user.id}")


async def _refuse_while_guessed(session: AsyncSession, user: User) -> None:
    failures = await find_failures(session, _guess_key(user))
    if failures is not None:
        failures.refuse_while_locked(now())


async def _count_guess(session: AsyncSession, user: User, device: Device) -> None:
    present = now()
    locked = (await lock_failures(session, _guess_key(user), present)).count(present)
    publish(session, wrong_factor_of(user.id, locked=locked, device=device))


def _new_backup_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def _fernet(sealing_keys: SecretStr) -> MultiFernet:
    # Not servicekit.sealing: a letter may grow old, an app may not.
    return MultiFernet([Fernet(key.strip()) for key in sealing_keys.get_secret_value().split(",")])
