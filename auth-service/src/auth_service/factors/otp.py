"""Signing in by a code that was sent; on first use it makes the account."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.events import contact_of, registration_of
from auth_service.accounts.models import User
from auth_service.accounts.queries import (
    email_key_of,
    find_user_by_email,
    find_user_by_phone,
    get_user,
    lock_user,
)
from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.factors.challenges import Challenge, enter, prove_email
from auth_service.factors.errors import ContactTaken, EmailStays, OtpNotValid, TooManyCodes
from auth_service.factors.events import mfa_change_of, wish_of, wrong_factor_of
from auth_service.factors.models import CODE_LIFETIME, MAX_TRIES, OneTimeCode
from auth_service.factors.queries import (
    find_last_code,
    list_sendings,
    lock_destination,
)
from auth_service.factors.schemas import ContactIn, ContactProofIn, DestinationIn, OtpVerifyIn
from auth_service.fresh_proof import prove_freshly
from auth_service.invites.redeeming import redeem_waiting
from auth_service.pacing import at_least
from auth_service.secrets_at_rest import code_digest, digest_of, is_same, new_code
from auth_service.sessions.models import Proof, Way
from auth_service.sessions.opening import Tokens, open_session, telling_suspensions
from contracts.event import Account
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.messaging import publish

SPEND_SECS = 0.05
SENDINGS = ((3, timedelta(minutes=10)), (20, timedelta(days=1)))
"""How many codes an address gets within which time: a day of guessing is a hundred guesses."""


async def request_code(session: AsyncSession, keeper: Doorkeeper, *, to: DestinationIn) -> None:
    """Send a code; the former one is void. Raises TooManyCodes, whoever the address belongs to."""
    key, present = _key_of(to), now()
    await lock_destination(session, key)
    _refuse_too_many(await list_sendings(session, key, since=present - SENDINGS[-1][1]), present)

    code, expires_at = new_code(), present + CODE_LIFETIME
    row = OneTimeCode(
        destination_sha256=key, created_at=present, expires_at=expires_at, tries=0, used_at=None
    )
    row.code_digest = code_digest(keeper.settings.sealing_keys, row.id.bytes, code)
    session.add(row)
    owner = await _find_owner(session, to)
    if owner is None or keeper.admits(owner):
        # To the address that the account has, however it was typed here.
        email = owner.email if owner is not None and to.email is not None else to.email
        wish = wish_of(
            to.means,
            destination=Account(email=email, phone_number=to.phone_number),
            code=code,
            expires_at=expires_at,
            sealing_keys=keeper.settings.sealing_keys,
        )
        publish(session, wish)


def _refuse_too_many(sent: Sequence[datetime], present: datetime) -> None:
    for most, within in SENDINGS:
        if len(sent) >= most and sent[most - 1] > present - within:
            wait = sent[most - 1] + within - present
            raise TooManyCodes(headers={"Retry-After": str(int(wait.total_seconds()) + 1)})


async def sign_in_by_code(
    sessions: Sessions, keeper: Doorkeeper, *, wish: OtpVerifyIn, device: Device
) -> Tokens | Challenge:
    """Begin a session, of a new account if the address has none.

    Raises OtpNotValid for whatever is wrong with the code, AccountSuspended.
    """
    if not await _spend(sessions, keeper, wish, device):
        raise OtpNotValid

    async with telling_suspensions(sessions, device) as session:
        owner = await _find_owner(session, wish)
        if owner is None:
            return await _sign_up(session, keeper, wish, device)
        if not keeper.admits(owner):
            raise OtpNotValid
        user = await lock_user(session, owner.id)
        if wish.email is not None:
            await prove_email(session, user, device=device)
        return await enter(session, keeper, user, device=device, way=Way.OTP)


async def prove_contact(
    sessions: Sessions, keeper: Doorkeeper, *, wish: ContactProofIn, by: Principal, device: Device
) -> User:
    """The caller can be reached there, and may sign in by codes to it from now on.

    Raises OtpNotValid, ContactTaken, EmailStays, and what `prove_freshly` raises.
    """
    async with sessions.begin() as session:
        is_known = _has(await get_user(session, by.user_id), wish)
    if not is_known:
        await prove_freshly(
            sessions, keeper, current_password=wish.current_password, by=by, device=device
        )
    if not await _spend(sessions, keeper, wish, device):
        raise OtpNotValid

    async with sessions.begin() as session:
        user = await lock_user(session, by.user_id)
        if wish.email is not None:
            changed = _take_email(user, wish.email)
        else:
            changed = _take_number(user, str(wish.phone_number))
        try:
            await session.flush()
        except IntegrityError as taken:
            raise ContactTaken from taken
        if changed:
            publish(session, contact_of(user))
            if user.email_verified:
                await redeem_waiting(session, user)
            publish(session, mfa_change_of(user, "ENABLED", wish.means.value, device=device))
        return user


def _has(user: User, wish: ContactIn) -> bool:
    """Whether it opens the account already, or is the address that it was made with."""
    if wish.email is not None:
        return user.email_key == email_key_of(wish.email)
    return user.phone_number == wish.phone_number and user.phone_verified_at is not None


def _take_email(user: User, email: str) -> bool:
    key = email_key_of(email)
    if user.email_key not in {None, key}:
        raise EmailStays
    if user.email is None:
        user.email, user.email_key = email, key
    return user.verify_email(now())


def _take_number(user: User, number: str) -> bool:
    if user.phone_number == number and user.phone_verified_at is not None:
        return False
    user.phone_number = number
    user.phone_verified_at = now()
    return True


async def _spend(sessions: Sessions, keeper: Doorkeeper, wish: ContactIn, device: Device) -> bool:
    """Use the code up. A wrong try counts, and whose account it would have opened hears of it.

    A transaction of its own, because both stay whatever follows; it takes as long for an address
    that nobody has, about which there is nothing to announce.
    """
    async with at_least(SPEND_SECS), sessions.begin() as session:
        row, present = await find_last_code(session, _key_of(wish)), now()
        if row is None or not row.is_open(present):
            return False
        row.tries += 1
        wanted = code_digest(keeper.settings.sealing_keys, row.id.bytes, wish.otp_code)
        if is_same(row.code_digest, wanted):
            row.used_at = present
            return True
        owner = await _find_owner(session, wish)
        if owner is not None and keeper.admits(owner):
            is_last = row.tries >= MAX_TRIES
            told = wrong_factor_of(owner.id, locked=is_last, device=device, factor=wish.means.value)
            publish(session, told)
        return False


async def _sign_up(
    session: AsyncSession, keeper: Doorkeeper, wish: OtpVerifyIn, device: Device
) -> Tokens:
    present = now()
    user = User(
        email=wish.email,
        email_key=wish.email and email_key_of(wish.email),
        email_verified_at=present if wish.email else None,
        phone_number=wish.phone_number,
        phone_verified_at=present if wish.phone_number else None,
        full_name=wish.full_name,
        profession=wish.profession,
    )
    session.add(user)
    try:
        await session.flush()
    except IntegrityError as taken:
        # Somebody registered with the address just now: the next code finds that account.
        raise OtpNotValid from taken
    publish(session, registration_of(user))
    if user.email_verified:
        publish(session, contact_of(user))
    return await open_session(
        session, keeper, user, device=device, method="REGISTRATION", proof=Proof(Way.OTP)
    )


async def _find_owner(session: AsyncSession, to: DestinationIn) -> User | None:
    if to.email is not None:
        return await find_user_by_email(session, to.email)
    return await find_user_by_phone(session, str(to.phone_number))


def _key_of(to: DestinationIn) -> bytes:
    address = email_key_of(to.email) if to.email is not None else str(to.phone_number)
    return digest_of(f"{to.means}:{address}")
