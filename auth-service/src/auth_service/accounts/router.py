"""Accounts: registration, the address, the password."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response, status
from pydantic import ValidationError
from starlette.responses import HTMLResponse

from auth_service.accounts import service
from auth_service.accounts.models import User
from auth_service.accounts.pages import message, reset_password_page, verify_email_page
from auth_service.accounts.queries import email_key_of
from auth_service.accounts.schemas import (
    AcceptedOut,
    AccountOut,
    ChangePasswordIn,
    EmailVerifiedOut,
    ForgotPasswordIn,
    RegisteredOut,
    RegisterIn,
    ResetPasswordIn,
)
from auth_service.dependencies import CallingDevice, Keeper
from auth_service.pacing import at_least
from auth_service.sessions.schemas import GivenToken, TokensOut
from servicekit.access import ANYONE, Caller
from servicekit.problems import Problem
from servicekit.web.app import Tx, TxFactory
from servicekit.web.limits import RequestLimiter, limit_address

router = APIRouter(prefix="/auth", tags=["accounts"])

LetterToken = Annotated[GivenToken, Query()]

PER_ADDRESS_REGISTER = [Depends(limit_address("register", "120/minute"))]
PER_ADDRESS_LETTERS = [Depends(limit_address("letters", "60/minute"))]
LETTERS_PER_ACCOUNT = "5/15minutes"
FORGOT_SECS = 0.08


@router.post(
    "/register",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=ANYONE,
    dependencies=PER_ADDRESS_REGISTER,
)
async def register(
    body: RegisterIn, tx: Tx, keeper: Keeper, device: CallingDevice, response: Response
) -> RegisteredOut:
    """A new account, signed in at once; a mail with a verification link follows."""
    user, tokens = await service.register(tx, keeper, wish=body, device=device)
    response.headers["Location"] = "/api/v1/users/me"
    return RegisteredOut(
        user=AccountOut.model_validate(user), tokens=TokensOut.model_validate(tokens)
    )


@router.get("/me", response_model=AccountOut)
async def get_account(caller: Caller, tx: Tx) -> User:
    """Who the caller is, with role and verification state as they are now."""
    return await service.get_account(tx, by=caller)


@router.get(
    "/email/verify",
    response_class=HTMLResponse,
    openapi_extra=ANYONE,
    dependencies=PER_ADDRESS_LETTERS,
)
async def show_email_verification(token: LetterToken) -> HTMLResponse:
    """A page whose button verifies the address."""
    return verify_email_page(token)


@router.post(
    "/email/verify",
    response_model=EmailVerifiedOut,
    openapi_extra=ANYONE,
    dependencies=PER_ADDRESS_LETTERS,
)
async def verify_email(token: LetterToken, request: Request, tx: Tx) -> Any:
    """The address is its owner's. Browsers get a page, everybody else JSON."""
    as_page = "text/html" in request.headers.get("accept", "")
    try:
        user = await service.verify_email(tx, token=token)
    except Problem as refused:
        if as_page:
            return message(refused.title, "Ask for a new link.", status=int(refused.status))
        raise
    if as_page:
        return message("Thank you", "Your e-mail address is confirmed.")
    return user


@router.post(
    "/email/resend-verification",
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=PER_ADDRESS_LETTERS,
)
async def resend_verification(
    caller: Caller, tx: Tx, keeper: Keeper, limiter: RequestLimiter
) -> AcceptedOut:
    """Mail a new verification link; the former one is void."""
    await limiter.hit("letters", str(caller.user_id), LETTERS_PER_ACCOUNT)
    await service.resend_verification(tx, keeper, by=caller)
    return AcceptedOut(status="ACCEPTED")


@router.post(
    "/forgot-password",
    status_code=status.HTTP_202_ACCEPTED,
    openapi_extra=ANYONE,
    dependencies=PER_ADDRESS_LETTERS,
)
async def forgot_password(
    body: ForgotPasswordIn, sessions: TxFactory, keeper: Keeper, limiter: RequestLimiter
) -> AcceptedOut:
    """Mail a link and a code, if there is such an account; the answer does not tell."""
    await limiter.hit("forgot", email_key_of(body.email), LETTERS_PER_ACCOUNT)
    async with at_least(FORGOT_SECS), sessions.begin() as session:
        await service.forgot_password(session, keeper, email=body.email)
    return AcceptedOut(status="ACCEPTED")


@router.get(
    "/reset-password",
    response_class=HTMLResponse,
    openapi_extra=ANYONE,
    dependencies=PER_ADDRESS_LETTERS,
)
async def show_password_reset(token: LetterToken) -> HTMLResponse:
    """A page that asks for the new password."""
    return reset_password_page(token)


@router.post(
    "/reset-password",
    status_code=status.HTTP_204_NO_CONTENT,
    openapi_extra=ANYONE,
    dependencies=PER_ADDRESS_LETTERS,
)
async def reset_password(
    body: ResetPasswordIn,
    sessions: TxFactory,
    keeper: Keeper,
    limiter: RequestLimiter,
    device: CallingDevice,
) -> None:
    """A new password by the mailed link or code, once; every session ends."""
    if body.email is not None:
        await limiter.hit("reset", email_key_of(body.email), "10/15minutes")
    await service.reset_password(sessions, keeper, wish=body, device=device)


@router.post(
    "/reset-password/form",
    response_class=HTMLResponse,
    openapi_extra=ANYONE,
    include_in_schema=False,
    dependencies=PER_ADDRESS_LETTERS,
)
async def reset_password_by_form(
    token: Annotated[str, Form()],
    new_password: Annotated[str, Form()],
    sessions: TxFactory,
    keeper: Keeper,
    device: CallingDevice,
) -> HTMLResponse:
    """What the page of `show_password_reset` sends."""
    try:
        wish = ResetPasswordIn(token=token, new_password=new_password)
        await service.reset_password(sessions, keeper, wish=wish, device=device)
    except ValidationError:
        return message("The password was not changed", "It needs 8 to 128 characters.", status=422)
    except Problem as refused:
        return message("The password was not changed", refused.title, status=int(refused.status))
    return message("Thank you", "Your new password is saved. Sign in with it.")


@router.post("/change-password", status_code=status.HTTP_204_NO_CONTENT)
async def change_password(
    body: ChangePasswordIn,
    caller: Caller,
    sessions: TxFactory,
    keeper: Keeper,
    limiter: RequestLimiter,
    device: CallingDevice,
) -> None:
    """Replace the password; the caller's other sessions end. Wrong ones count as at the login."""
    await limiter.hit("change-password", str(caller.user_id), "10/15minutes")
    await service.change_password(sessions, keeper, wish=body, by=caller, device=device)
