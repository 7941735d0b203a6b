"""Accounts: made, their address proved, their password replaced."""

from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.errors import (
    CodeNotValid,
    CurrentPasswordWrong,
    EmailAlreadyVerified,
    EmailTaken,
    LinkNotValid,
)
from auth_service.accounts.events import contact_of, password_changed_by, registration_of
from auth_service.accounts.letters import send_letter, spend_code, spend_token
from auth_service.accounts.models import LetterPurpose, User
from auth_service.accounts.queries import (
    email_key_of,
    find_token_owner,
    find_user_by_email,
    get_user,
    lock_user,
)
from auth_service.accounts.schemas import ChangePasswordIn, RegisterIn, ResetPasswordIn
from auth_service.current_password import prove_password
from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.factors.challenges import prove_email
from auth_service.factors.events import wrong_factor_of
from auth_service.invites.redeeming import redeem_waiting, register_with_code
from auth_service.pacing import at_least
from auth_service.secrets_at_rest import digest_of
from auth_service.sessions.ending import end_all_sessions, end_other_sessions
from auth_service.sessions.opening import Tokens, open_session
from auth_service.sessions.queries import forget_failures
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.messaging import publish

REPLACE_SECS = 0.08


async def register(
    session: AsyncSession, keeper: Doorkeeper, *, wish: RegisterIn, device: Device
) -> tuple[User, Tokens]:
    """A new account, signed in, with a verification mail on its way.

    Raises EmailTaken, PasswordTooWeak, and for an invite code what `register_with_code` raises.
    """
    known = (wish.email, wish.full_name, wish.phone_number, wish.hospital_name)
    await keeper.passwords.refuse_weak(wish.password, *known)
    hashed = await keeper.passwords.hash(wish.password)

    said = wish.model_dump(exclude={"password", "invite_code"})
    user = User(**said, email_key=email_key_of(wish.email), password_hash=hashed)
    session.add(user)
    try:
        await session.flush()
    except IntegrityError as taken:
        raise EmailTaken from taken

    if wish.invite_code is not None:
        await register_with_code(session, user, wish.invite_code)
    publish(session, registration_of(user))
    await send_letter(session, keeper.settings, user, LetterPurpose.EMAIL_VERIFICATION)
    tokens = await open_session(session, keeper, user, device=device, method="REGISTRATION")
    return user, tokens


async def get_account(session: AsyncSession, *, by: Principal) -> User:
    """The caller's account."""
    return await get_user(session, by.user_id)


async def verify_email(session: AsyncSession, *, token: str) -> User:
    """The person has opened our mail: the address is theirs. Raises LinkNotValid."""
    purpose = LetterPurpose.EMAIL_VERIFICATION
    owner = await find_token_owner(session, token_sha256=digest_of(token), purpose=purpose)
    if owner is None:
        raise LinkNotValid
    user = await lock_user(session, owner.id)
    spent = await spend_token(session, user_id=user.id, purpose=purpose, secret=token)
    if spent.email != user.email:
        raise LinkNotValid
    if user.verify_email(now()):
        publish(session, contact_of(user))
        await redeem_waiting(session, user)
    return user


async def resend_verification(session: AsyncSession, keeper: Doorkeeper, *, by: Principal) -> None:
    """Mail a new link; the former one is void. Raises EmailAlreadyVerified, NoEmailAddress."""
    user = await lock_user(session, by.user_id)
    if user.email_verified:
        raise EmailAlreadyVerified
    await send_letter(session, keeper.settings, user, LetterPurpose.EMAIL_VERIFICATION)


async def forgot_password(session: AsyncSession, keeper: Doorkeeper, *, email: str) -> None:
    """Mail a link and a code, if there is such an account."""
    found = await find_user_by_email(session, email)
    if found is None or not keeper.admits(found):
        return
    user = await lock_user(session, found.id)
    await send_letter(session, keeper.settings, user, LetterPurpose.PASSWORD_RESET)


async def reset_password(
    sessions: Sessions, keeper: Doorkeeper, *, wish: ResetPasswordIn, device: Device
) -> None:
    """Replace a forgotten password and end every session.

    Raises LinkNotValid, CodeNotValid, PasswordTooWeak; a weak password leaves the link good.
    """
    async with sessions.begin() as session:
        owner = await _owner_of(session, wish)
    # Only who holds the link may learn from the judgement what stands in the account.
    known = _known_of(owner) if owner and wish.token else (wish.email,)
    await keeper.passwords.refuse_weak(wish.new_password, *known, field="new_password")
    hashed = await keeper.passwords.hash(wish.new_password)

    # A wrong code counts as a try, so this transaction commits before anything is refused. It takes
    # as long for an address that nobody has.
    async with at_least(REPLACE_SECS), sessions.begin() as session:
        done = owner is not None and await _replace_forgotten(
            session, keeper, owner.id, wish=wish, hashed=hashed, device=device
        )
    if not done:
        raise LinkNotValid if wish.token is not None else CodeNotValid


def _known_of(user: User) -> tuple[str | None, ...]:
    """What others know of a person, and would guess a password from."""
    return (user.email, user.full_name, user.username, user.phone_number, user.hospital_name)


async def _owner_of(session: AsyncSession, wish: ResetPasswordIn) -> User | None:
    if wish.token is not None:
        purpose = LetterPurpose.PASSWORD_RESET
        return await find_token_owner(session, token_sha256=digest_of(wish.token), purpose=purpose)
    return await find_user_by_email(session, str(wish.email))


async def _replace_forgotten(
    session: AsyncSession,
    keeper: Doorkeeper,
    user_id: UUID,
    *,
    wish: ResetPasswordIn,
    hashed: str,
    device: Device,
) -> bool:
    user = await lock_user(session, user_id)
    if wish.token is not None:
        purpose = LetterPurpose.PASSWORD_RESET
        await spend_token(session, user_id=user.id, purpose=purpose, secret=wish.token)
    elif not await spend_code(session, keeper.settings, user_id=user.id, code=str(wish.otp_code)):
        publish(session, wrong_factor_of(user.id, locked=False, device=device, factor="EMAIL"))
        return False
    # The letter came to the address, so it proves it; the former password is told of once, below.
    user.password_hash = None
    if not await prove_email(session, user, device=device, cause="PASSWORD_RESET"):
        await end_all_sessions(session, user, cause="PASSWORD_RESET")
    user.password_hash = hashed
    publish(session, password_changed_by(user, reset=True, device=device))
    await forget_failures(session, digest_of(str(user.email_key)))
    return True


async def change_password(
    sessions: Sessions, keeper: Doorkeeper, *, wish: ChangePasswordIn, by: Principal, device: Device
) -> None:
    """Replace the caller's password and end their other sessions.

    Raises CurrentPasswordWrong, AccountLocked, PasswordTooWeak.
    """
    async with sessions.begin() as session:
        known = await get_user(session, by.user_id)
    await prove_password(
        sessions, keeper, known, password=wish.current_password, by=by, device=device
    )
    await keeper.passwords.refuse_weak(wish.new_password, *_known_of(known), field="new_password")
    hashed = await keeper.passwords.hash(wish.new_password)

    async with sessions.begin() as session:
        user = await lock_user(session, by.user_id)
        if user.password_hash != known.password_hash:
            raise CurrentPasswordWrong
        user.password_hash = hashed
        publish(session, password_changed_by(user, reset=False, device=device))
        await end_other_sessions(session, user, spare=by.sid, cause="PASSWORD_CHANGED")
