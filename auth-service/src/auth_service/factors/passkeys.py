"""Passkeys (WebAuthn Level 3): added by whoever is signed in, and enough to sign in by."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn.helpers import (
    base64url_to_bytes,
    generate_challenge,
    options_to_json_dict,
    parse_client_data_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from auth_service.accounts.models import User
from auth_service.accounts.queries import find_locked_user, lock_user
from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.factors.errors import (
    PasskeyNotValid,
    PasskeyTaken,
    PasskeyUnfit,
    TooManyPasskeys,
)
from auth_service.factors.events import mfa_change_of, wrong_factor_of
from auth_service.factors.models import Passkey, PasskeyChallenge
from auth_service.factors.queries import (
    MOST_PASSKEYS,
    find_passkey,
    get_passkey,
    list_passkeys,
    take_passkey_challenge,
)
from auth_service.factors.schemas import PasskeyIn
from auth_service.sessions.models import Proof, Way
from auth_service.sessions.opening import Tokens, open_session, telling_suspensions
from auth_service.settings import Settings
from servicekit.access import Principal
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.messaging import publish

RP_NAME = "Docfliq"
CHALLENGE_LIFETIME = timedelta(minutes=5)
VERIFIED = UserVerificationRequirement.REQUIRED
# What an answer made by hand can raise inside the library, besides its own exceptions.
_BROKEN = (
    WebAuthnException,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


async def offer_registration(
    session: AsyncSession, keeper: Doorkeeper, *, by: Principal
) -> dict[str, Any]:
    """What `navigator.credentials.create()` takes. Raises TooManyPasskeys."""
    user = await lock_user(session, by.user_id)
    known = await list_passkeys(session, user_id=user.id)
    if len(known) >= MOST_PASSKEYS:
        raise TooManyPasskeys
    name = user.email or user.phone_number or str(user.id)
    options = webauthn.generate_registration_options(
        rp_id=_rp_id(keeper.settings),
        rp_name=RP_NAME,
        user_id=user.id.bytes,
        user_name=name,
        user_display_name=user.full_name or name,
        challenge=_new_challenge(session, user.id),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
    )
    return options_to_json_dict(options)


async def add_passkey(
    session: AsyncSession, keeper: Doorkeeper, *, wish: PasskeyIn, by: Principal, device: Device
) -> Passkey:
    """Keep the public key of an authenticator that answered what it was asked.

    Raises PasskeyUnfit, PasskeyTaken, TooManyPasskeys.
    """
    user = await lock_user(session, by.user_id)
    challenge = await _take_challenge(session, wish.credential, user_id=user.id)
    if challenge is None:
        raise PasskeyUnfit
    try:
        shown = webauthn.verify_registration_response(
            credential=wish.credential,
            expected_challenge=challenge,
            expected_rp_id=_rp_id(keeper.settings),
            expected_origin=_origins(keeper.settings),
            require_user_verification=True,
        )
    except _BROKEN as wrong:
        raise PasskeyUnfit from wrong
    if len(await list_passkeys(session, user_id=user.id)) >= MOST_PASSKEYS:
        raise TooManyPasskeys
    added = Passkey(
        user_id=user.id,
        credential_id=shown.credential_id,
        public_key=shown.credential_public_key,
        sign_count=shown.sign_count,
        name=wish.name or "Passkey",
        backed_up=shown.credential_backed_up,
        created_at=now(),
        last_used_at=None,
        removed_at=None,
    )
    await _insert(session, added)
    publish(session, mfa_change_of(user, "ENABLED", "PASSKEY", device=device))
    return added


async def _insert(session: AsyncSession, added: Passkey) -> None:
    session.add(added)
    try:
        await session.flush()
    except IntegrityError as taken:
        raise PasskeyTaken from taken


async def list_own_passkeys(
    session: AsyncSession, *, by: Principal, after: UUID | None, limit: int
) -> Sequence[Passkey]:
    """The caller's passkeys, oldest first."""
    return await list_passkeys(session, user_id=by.user_id, after=after, limit=limit)


async def remove_passkey(
    session: AsyncSession, *, passkey_id: UUID, by: Principal, device: Device
) -> None:
    """It signs nobody in any more. Repeating it changes nothing. Raises PasskeyNotFound."""
    user = await lock_user(session, by.user_id)
    passkey = await get_passkey(session, passkey_id, owner=user.id)
    _remove(session, user, [passkey], device=device)


async def remove_all_passkeys(session: AsyncSession, *, by: Principal, device: Device) -> None:
    """The same with each of the caller's passkeys."""
    user = await lock_user(session, by.user_id)
    _remove(session, user, await list_passkeys(session, user_id=user.id), device=device)


def _remove(
    session: AsyncSession, user: User, passkeys: Sequence[Passkey], *, device: Device
) -> None:
    for passkey in passkeys:
        if passkey.removed_at is None:
            passkey.removed_at = now()
            publish(session, mfa_change_of(user, "DISABLED", "PASSKEY", device=device))


async def offer_login(session: AsyncSession, keeper: Doorkeeper) -> dict[str, Any]:
    """What `navigator.credentials.get()` takes: the same for everybody, so it tells of nobody."""
    options = webauthn.generate_authentication_options(
        rp_id=_rp_id(keeper.settings),
        challenge=_new_challenge(session, None),
        user_verification=VERIFIED,
    )
    return options_to_json_dict(options)


async def sign_in_by_passkey(
    sessions: Sessions, keeper: Doorkeeper, *, credential: dict[str, Any], device: Device
) -> Tokens:
    """Begin a session: the device, and what unlocked it, are two factors already.

    Raises PasskeyNotValid for whatever is wrong with the answer, AccountSuspended.
    """
    # A transaction of its own: the challenge is spent, whatever comes of it.
    async with sessions.begin() as session:
        challenge = await _take_challenge(session, credential, user_id=None)
        passkey = await find_passkey(session, _credential_id(credential))
    if challenge is None or passkey is None:
        raise PasskeyNotValid

    async with telling_suspensions(sessions, device) as session:
        tokens = await _enter(session, keeper, passkey, (credential, challenge), device)
    if tokens is None:
        raise PasskeyNotValid
    return tokens


async def _enter(
    session: AsyncSession,
    keeper: Doorkeeper,
    known: Passkey,
    answer: tuple[dict[str, Any], bytes],
    device: Device,
) -> Tokens | None:
    user = await find_locked_user(session, known.user_id)
    passkey = await find_passkey(session, known.credential_id)
    if user is None or passkey is None or passkey.removed_at or not keeper.admits(user):
        return None
    credential, challenge = answer
    try:
        shown = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_rp_id(keeper.settings),
            expected_origin=_origins(keeper.settings),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _BROKEN:
        # A counter that went back tells of a copied key: the person should hear of it.
        publish(session, wrong_factor_of(user.id, locked=False, device=device, factor="PASSKEY"))
        return None
    passkey.sign_count, passkey.backed_up = shown.new_sign_count, shown.credential_backed_up
    passkey.last_used_at = now()
    proof = Proof(Way.PASSKEY, second_factor=True)
    return await open_session(session, keeper, user, device=device, method="PASSWORD", proof=proof)


def _new_challenge(session: AsyncSession, user_id: UUID | None) -> bytes:
    challenge = generate_challenge()
    session.add(
        PasskeyChallenge(
            challenge_sha256=hashlib.sha256(challenge).digest(),
            user_id=user_id,
            expires_at=now() + CHALLENGE_LIFETIME,
        )
    )
    return challenge


async def _take_challenge(
    session: AsyncSession, credential: dict[str, Any], *, user_id: UUID | None
) -> bytes | None:
    """The challenge that an answer names, if it was ours, for this person, and not used yet."""
    try:
        said = base64url_to_bytes(credential["response"]["clientDataJSON"])
        challenge = parse_client_data_json(said).challenge
    except _BROKEN:
        return None
    digest = hashlib.sha256(challenge).digest()
    taken = await take_passkey_challenge(session, digest, user_id=user_id, at=now())
    return challenge if taken else None


def _credential_id(credential: dict[str, Any]) -> bytes:
    try:
        return base64url_to_bytes(credential["rawId"])
    except _BROKEN:
        return b""


def _rp_id(settings: Settings) -> str:
    return settings.passkey_rp_id or urlsplit(settings.public_url).hostname or "localhost"


def _origins(settings: Settings) -> list[str]:
    named = [one.strip() for one in settings.passkey_origins.split(",") if one.strip()]
    whole = urlsplit(settings.public_url)
    return [f"{whole.scheme}://{whole.netloc}", *named]
