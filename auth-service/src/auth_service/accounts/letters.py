"""Mailed links and codes: made, announced sealed, and spent once."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.errors import LinkNotValid, NoEmailAddress
from auth_service.accounts.events import letter_of
from auth_service.accounts.models import LETTER_LIFETIME, LetterPurpose, OneTimeToken, User
from auth_service.accounts.queries import close_open_tokens, find_open_token
from auth_service.secrets_at_rest import code_digest, digest_of, is_same, new_code, new_secret
from auth_service.settings import Settings
from servicekit.clock import now
from servicekit.messaging import publish

_PATHS = {
    LetterPurpose.EMAIL_VERIFICATION: "/api/v1/auth/email/verify",
    LetterPurpose.PASSWORD_RESET: "/api/v1/auth/reset-password",
}


async def send_letter(
    session: AsyncSession, settings: Settings, user: User, purpose: LetterPurpose
) -> None:
    """Mail a link to a person whose row is new or locked; what was mailed before is void.

    Raises NoEmailAddress.
    """
    if user.email is None:
        raise NoEmailAddress
    present, secret = now(), new_secret()
    await close_open_tokens(session, user_id=user.id, purpose=purpose, at=present)
    token = OneTimeToken(
        user_id=user.id,
        purpose=purpose,
        token_sha256=digest_of(secret),
        email=user.email,
        created_at=present,
        expires_at=present + LETTER_LIFETIME,
        tries=0,
    )
    code = None
    if purpose is LetterPurpose.PASSWORD_RESET:
        code = new_code()
        token.code_digest = code_digest(settings.sealing_keys, token.id.bytes, code)
    session.add(token)
    await session.flush()
    link = f"{settings.public_url}{_PATHS[purpose]}?token={secret}"
    letter = letter_of(token, user, sealing_keys=settings.sealing_keys, link=link, code=code)
    publish(session, letter)


async def spend_token(
    session: AsyncSession, *, user_id: UUID, purpose: LetterPurpose, secret: str
) -> OneTimeToken:
    """Use the mailed link up. The person's row is locked. Raises LinkNotValid."""
    token = await find_open_token(session, user_id=user_id, purpose=purpose)
    present = now()
    if token is None or not token.is_open(present):
        raise LinkNotValid
    if not is_same(token.token_sha256, digest_of(secret)):
        raise LinkNotValid
    token.used_at = present
    return token


async def spend_code(
    session: AsyncSession, settings: Settings, *, user_id: UUID, code: str
) -> OneTimeToken | None:
    """Use the mailed code up, or count a try and return None: the caller commits either.

    The person's row is locked.
    """
    token = await find_open_token(session, user_id=user_id, purpose=LetterPurpose.PASSWORD_RESET)
    present = now()
    if token is None or token.code_digest is None or not token.is_open(present):
        return None
    token.tries += 1
    wanted = code_digest(settings.sealing_keys, token.id.bytes, code)
    if not is_same(token.code_digest, wanted):
        return None
    token.used_at = present
    return token
