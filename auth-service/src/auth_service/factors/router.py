"""Codes by mail and SMS, authenticator apps, passkeys: the doors."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response, status

from auth_service.accounts.models import User
from auth_service.accounts.schemas import AccountOut
from auth_service.dependencies import CallingDevice, Keeper, show_who_you_are
from auth_service.factors import otp, passkeys, totp
from auth_service.factors.challenges import Challenge
from auth_service.factors.models import CODE_LIFETIME, Passkey
from auth_service.factors.schemas import (
    BackupCodesOut,
    ContactProofIn,
    MfaOut,
    MfaVerifyIn,
    OtpRequestIn,
    OtpSentOut,
    OtpVerifyIn,
    PasskeyIn,
    PasskeyLoginIn,
    PasskeyOut,
    TotpConfirmIn,
    TotpOut,
)
from auth_service.sessions.opening import Tokens
from auth_service.sessions.schemas import ChallengeOut, TokensOut
from servicekit.access import ANYONE, Caller
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx, TxFactory
from servicekit.web.limits import RequestLimiter, limit_address

router = APIRouter(prefix="/auth", tags=["factors"])

PER_ADDRESS_REQUEST = [Depends(limit_address("otp-request", "60/10minutes"))]
PER_ADDRESS_PASSKEYS = [Depends(limit_address("passkeys", "120/minute"))]
PER_ADDRESS_VERIFY = [Depends(limit_address("otp-verify", "120/minute"))]


@router.post(
    "/otp/request",
    status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=ANYONE,
    dependencies=PER_ADDRESS_REQUEST,
)
async def request_otp(body: OtpRequestIn, tx: Tx, keeper: Keeper) -> OtpSentOut:
    """Send six digits by mail or SMS; thrice in ten minutes; no answer tells who it is."""
    await otp.request_code(tx, keeper, to=body)
    expires_in = int(CODE_LIFETIME.total_seconds())
    return OtpSentOut(status="ACCEPTED", channel=body.means, expires_in=expires_in)


@router.post(
    "/otp/verify",
    response_model=TokensOut | ChallengeOut,
    openapi_extra=ANYONE,
    dependencies=PER_ADDRESS_VERIFY,
)
async def verify_otp(
    body: OtpVerifyIn, sessions: TxFactory, keeper: Keeper, device: CallingDevice
) -> Tokens | Challenge:
    """Sign in by the code, and sign up on first use. It lives five minutes and five tries."""
    return await otp.sign_in_by_code(sessions, keeper, wish=body, device=device)


@router.post("/contact/verify", response_model=AccountOut)
async def verify_contact(
    body: ContactProofIn,
    caller: Caller,
    sessions: TxFactory,
    keeper: Keeper,
    limiter: RequestLimiter,
    device: CallingDevice,
) -> User:
    """Prove a phone number, or an address where the account has none, by a code that came there.

    Ask for the code at `/auth/otp/request`. From now on codes to it sign in to this account.
    Needs a sign-in of the last 15 minutes or, without a second factor, `current_password`.
    """
    await limiter.hit("contact", str(caller.user_id), "10/10minutes")
    return await otp.prove_contact(sessions, keeper, wish=body, by=caller, device=device)


@router.get("/mfa")
async def get_mfa(caller: Caller, tx: Tx) -> MfaOut:
    """Whether the caller's sign-in needs a second factor."""
    return await totp.get_mfa(tx, by=caller)


@router.post(
    "/mfa/totp", status_code=status.HTTP_201_CREATED, dependencies=[Depends(show_who_you_are)]
)
async def set_up_totp(caller: Caller, tx: Tx, keeper: Keeper, response: Response) -> TotpOut:
    """A secret for an authenticator app. Nothing changes until a code of the app confirms it.

    Needs a sign-in of the last 15 minutes or `current_password`.
    """
    response.headers["Location"] = "/api/v1/auth/mfa"
    response.headers["Cache-Control"] = "no-store"
    return await totp.set_up_totp(tx, keeper, by=caller)


@router.post("/mfa/totp/confirm")
async def confirm_totp(
    body: TotpConfirmIn,
    caller: Caller,
    sessions: TxFactory,
    keeper: Keeper,
    device: CallingDevice,
    response: Response,
) -> BackupCodesOut:
    """From now on signing in needs the app; the answer holds the backup codes, this once."""
    response.headers["Cache-Control"] = "no-store"
    return await totp.confirm_totp(sessions, keeper, code=body.otp_code, by=caller, device=device)


@router.post(
    "/mfa/verify", response_model=TokensOut, openapi_extra=ANYONE, dependencies=PER_ADDRESS_VERIFY
)
async def verify_mfa(
    body: MfaVerifyIn,
    sessions: TxFactory,
    keeper: Keeper,
    device: CallingDevice,
    limiter: RequestLimiter,
) -> Tokens:
    """The second step of a sign-in: the app's code or a backup code, each good once."""
    await limiter.hit("mfa-verify", body.mfa_token, "10/minute")
    return await totp.pass_challenge(sessions, keeper, wish=body, device=device)


@router.delete("/mfa/totp", status_code=status.HTTP_204_NO_CONTENT)
async def remove_totp(caller: Caller, tx: Tx, device: CallingDevice) -> None:
    """Sign in without the app again, within a quarter of an hour of having shown it."""
    await totp.remove_totp(tx, by=caller, device=device)


@router.post("/passkeys/register/options", dependencies=[Depends(show_who_you_are)])
async def offer_registration(
    caller: Caller, tx: Tx, keeper: Keeper, limiter: RequestLimiter, response: Response
) -> dict[str, Any]:
    """The `publicKey` options of `navigator.credentials.create()`, as JSON, for five minutes.

    Needs a sign-in of the last 15 minutes or, without a second factor, `current_password`; the
    challenge stands for that when the answer comes.
    """
    await limiter.hit("passkey-options", str(caller.user_id), "30/minute")
    response.headers["Cache-Control"] = "no-store"
    return await passkeys.offer_registration(tx, keeper, by=caller)


@router.post("/passkeys/register", response_model=PasskeyOut, status_code=status.HTTP_201_CREATED)
async def add_passkey(
    body: PasskeyIn,
    caller: Caller,
    tx: Tx,
    keeper: Keeper,
    device: CallingDevice,
    response: Response,
) -> Passkey:
    """Sign in by this authenticator from now on."""
    added = await passkeys.add_passkey(tx, keeper, wish=body, by=caller, device=device)
    response.headers["Location"] = f"/api/v1/auth/passkeys/{added.id}"
    return added


@router.get("/passkeys")
async def list_passkeys(
    caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> Page[PasskeyOut]:
    """The caller's passkeys, oldest first."""
    after = decode_id(cursor)
    found = await passkeys.list_own_passkeys(tx, by=caller, after=after, limit=limit + 1)
    shown, next_cursor = page_of(found, limit, lambda one: [one.id])
    items = [PasskeyOut.model_validate(one) for one in shown]
    return Page(items=items, next_cursor=next_cursor)


@router.delete("/passkeys", status_code=status.HTTP_204_NO_CONTENT)
async def remove_all_passkeys(caller: Caller, tx: Tx, device: CallingDevice) -> None:
    """None of the caller's passkeys signs in any more."""
    await passkeys.remove_all_passkeys(tx, by=caller, device=device)


@router.delete("/passkeys/{passkey_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_passkey(passkey_id: UUID, caller: Caller, tx: Tx, device: CallingDevice) -> None:
    """This passkey signs in no more."""
    await passkeys.remove_passkey(tx, passkey_id=passkey_id, by=caller, device=device)


@router.post("/passkeys/login/options", openapi_extra=ANYONE, dependencies=PER_ADDRESS_PASSKEYS)
async def offer_login(tx: Tx, keeper: Keeper, response: Response) -> dict[str, Any]:
    """The `publicKey` options of `navigator.credentials.get()`, as JSON, for five minutes."""
    response.headers["Cache-Control"] = "no-store"
    return await passkeys.offer_login(tx, keeper)


@router.post(
    "/passkeys/login",
    response_model=TokensOut,
    openapi_extra=ANYONE,
    dependencies=PER_ADDRESS_PASSKEYS,
)
async def sign_in_by_passkey(
    body: PasskeyLoginIn, sessions: TxFactory, keeper: Keeper, device: CallingDevice
) -> Tokens:
    """Sign in by a passkey; it stands for a second factor too, so none is asked for."""
    return await passkeys.sign_in_by_passkey(
        sessions, keeper, credential=body.credential, device=device
    )
