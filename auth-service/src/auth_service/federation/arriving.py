"""Whose account it is, once a provider has proved who came; and the session it leads to."""

import base64
import hashlib
import hmac

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.events import contact_of, registration_of
from auth_service.accounts.fields import EmailAddress
from auth_service.accounts.models import User
from auth_service.accounts.queries import email_key_of, find_locked_user, find_user_by_email
from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.factors.challenges import Challenge, enter, prove_email
from auth_service.factors.events import mfa_change_of
from auth_service.federation.errors import AddressNotVerified, OauthCodeNotValid
from auth_service.federation.gateway import Identity, Provider
from auth_service.federation.models import (
    HANDOVER_LIFETIME,
    FederatedIdentity,
    Handover,
    OauthFlow,
)
from auth_service.federation.queries import find_identity, take_handover
from auth_service.federation.schemas import OauthCodeIn
from auth_service.secrets_at_rest import digest_of, new_secret
from auth_service.sessions.models import Proof, Way
from auth_service.sessions.opening import Tokens, open_session, telling_suspensions
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.fields import Title
from servicekit.messaging import publish

OURS = "docfliq."
"""What the codes begin with that our callback hands over; a provider's go to the provider."""
_EMAIL: TypeAdapter[str] = TypeAdapter(EmailAddress)
_NAME: TypeAdapter[str] = TypeAdapter(Title)


async def come_in(
    sessions: Sessions, keeper: Doorkeeper, identity: Identity, device: Device
) -> Tokens | Challenge:
    """A session for whoever this is, or the question for their second factor.

    Raises AddressNotVerified, AccountSuspended.
    """
    try:
        return await _enter_once(sessions, keeper, identity, device)
    except IntegrityError:
        # Somebody made this account in the same moment: now it is there.
        return await _enter_once(sessions, keeper, identity, device)


async def _enter_once(
    sessions: Sessions, keeper: Doorkeeper, identity: Identity, device: Device
) -> Tokens | Challenge:
    async with telling_suspensions(sessions, device) as session:
        user, is_new = await _settle(session, keeper, identity, device)
        return await _open(session, keeper, user, device=device, is_new=is_new)


async def _open(
    session: AsyncSession, keeper: Doorkeeper, user: User, *, device: Device, is_new: bool
) -> Tokens | Challenge:
    if not is_new:
        return await enter(session, keeper, user, device=device, way=Way.OIDC)
    proof = Proof(Way.OIDC)
    return await open_session(
        session, keeper, user, device=device, method="REGISTRATION", proof=proof
    )


async def hand_over(
    sessions: Sessions, keeper: Doorkeeper, identity: Identity, device: Device, flow: OauthFlow
) -> str:
    """A code for the app that the flow returns to, good once. Raises AddressNotVerified."""
    try:
        return await _hand_over_once(sessions, keeper, identity, device, flow)
    except IntegrityError:
        return await _hand_over_once(sessions, keeper, identity, device, flow)


async def _hand_over_once(
    sessions: Sessions, keeper: Doorkeeper, identity: Identity, device: Device, flow: OauthFlow
) -> str:
    code = OURS + new_secret()
    async with sessions.begin() as session:
        user, is_new = await _settle(session, keeper, identity, device)
        session.add(
            Handover(
                code_sha256=digest_of(code),
                user_id=user.id,
                provider=flow.provider,
                redirect_uri=str(flow.redirect_uri),
                code_challenge=str(flow.code_challenge),
                is_new_person=is_new,
                expires_at=now() + HANDOVER_LIFETIME,
            )
        )
    return code


async def fetch(
    sessions: Sessions,
    keeper: Doorkeeper,
    *,
    provider: Provider,
    wish: OauthCodeIn,
    device: Device,
) -> Tokens | Challenge:
    """The session that was handed over, for the app that asked.

    Raises OauthCodeNotValid, AccountSuspended.
    """
    # A transaction of its own: the code is spent, whatever comes of it.
    async with sessions.begin() as session:
        handed = await take_handover(session, digest_of(wish.code))
    if handed is None or not _fits(handed, provider, wish):
        raise OauthCodeNotValid
    async with telling_suspensions(sessions, device) as session:
        user = await find_locked_user(session, handed.user_id)
        if user is None or not keeper.admits(user):
            raise OauthCodeNotValid
        return await _open(session, keeper, user, device=device, is_new=handed.is_new_person)


def _fits(handed: Handover, provider: Provider, wish: OauthCodeIn) -> bool:
    shown = base64_of(hashlib.sha256((wish.code_verifier or "").encode()).digest())
    return (
        hmac.compare_digest(shown, handed.code_challenge)
        and (handed.provider, handed.redirect_uri) == (provider.id, wish.redirect_uri)
        and handed.expires_at > now()
    )


async def _settle(
    session: AsyncSession, keeper: Doorkeeper, identity: Identity, device: Device
) -> tuple[User, bool]:
    """Whose account it is, locked, and whether it is new. Raises AddressNotVerified."""
    known = await find_identity(session, issuer=identity.issuer, subject=identity.subject)
    if known is not None:
        owner_id = known.user_id
    else:
        email = _address_of(identity)
        owner = await find_user_by_email(session, email)
        if owner is None:
            return await _sign_up(session, identity, email), True
        owner_id = owner.id

    user = await find_locked_user(session, owner_id)
    if user is None or not keeper.admits(user):
        raise AddressNotVerified
    if known is not None:
        known.last_used_at = now()
        return user, False
    await prove_email(session, user, device=device)
    # Else whoever made the account stands behind a second factor, and may be somebody else.
    if user.email_verified:
        await _link(session, user, identity)
        publish(session, mfa_change_of(user, "ENABLED", "OIDC", device=device))
    return user, False


async def _sign_up(session: AsyncSession, identity: Identity, email: str) -> User:
    user = User(
        email=email,
        email_key=email_key_of(email),
        email_verified_at=now(),
        full_name=_name_of(identity),
    )
    session.add(user)
    await _link(session, user, identity)
    publish(session, registration_of(user))
    publish(session, contact_of(user))
    return user


async def _link(session: AsyncSession, user: User, identity: Identity) -> None:
    await session.flush()
    session.add(
        FederatedIdentity(
            user_id=user.id,
            issuer=identity.issuer,
            subject=identity.subject,
            created_at=now(),
            last_used_at=now(),
        )
    )
    await session.flush()


def _address_of(identity: Identity) -> str:
    try:
        return _EMAIL.validate_python(identity.email)
    except ValidationError as wrong:
        raise AddressNotVerified from wrong


def _name_of(identity: Identity) -> str | None:
    try:
        return _NAME.validate_python(identity.name)
    except ValidationError:
        return None


def base64_of(raw: bytes) -> str:
    """As it stands in addresses: without padding (RFC 7636, Appendix A)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
