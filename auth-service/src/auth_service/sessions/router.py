"""Signing in, staying in, signing out: the doors."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response, status

from auth_service.accounts.queries import email_key_of
from auth_service.dependencies import CallingDevice, Keeper
from auth_service.factors.challenges import Challenge
from auth_service.factors.errors import MfaRequired
from auth_service.keys.minting import TICKET_SECS
from auth_service.sessions import service
from auth_service.sessions.opening import Hot, Tokens
from auth_service.sessions.schemas import (
    ChallengeOut,
    LoginIn,
    RefreshIn,
    SessionOut,
    TicketOut,
    TokenForm,
    TokensOut,
)
from servicekit.access import ANYONE, Caller
from servicekit.pagination import Cursor, Limit, Page, decode_id, page_of
from servicekit.web.app import Tx, TxFactory
from servicekit.web.limits import RequestLimiter, limit_address

router = APIRouter(prefix="/auth", tags=["sessions"])


async def _hot(request: Request) -> Hot:
    return Hot(request.app.state.reads, request.app.state.writes)


HotPath = Annotated[Hot, Depends(_hot)]
PER_ACCOUNT = "30/minute"
PER_ADDRESS = [Depends(limit_address("login", "120/minute"))]
PER_ADDRESS_REFRESH = [Depends(limit_address("refresh", "300/minute"))]


@router.post(
    "/login",
    response_model=TokensOut | ChallengeOut,
    openapi_extra=ANYONE,
    dependencies=PER_ADDRESS,
)
async def login(
    body: LoginIn,
    sessions: TxFactory,
    hot: HotPath,
    keeper: Keeper,
    device: CallingDevice,
    limiter: RequestLimiter,
) -> Tokens | Challenge:
    """Sign in. After five failures the address is locked for a while, each time twice as long.

    Whoever uses an authenticator app gets no tokens yet, but `mfa_required` and an `mfa_token`.
    """
    await limiter.hit("login", email_key_of(body.email), PER_ACCOUNT)
    return await service.sign_in(
        sessions, hot, keeper, email=body.email, password=body.password, device=device
    )


@router.post("/token", response_model=TokensOut, openapi_extra=ANYONE, dependencies=PER_ADDRESS)
async def issue_token(
    form: Annotated[TokenForm, Form()],
    sessions: TxFactory,
    hot: HotPath,
    keeper: Keeper,
    device: CallingDevice,
    limiter: RequestLimiter,
) -> Tokens:
    """The same as login, as the password form of OAuth 2.0.

    Its answer can only be tokens, so a second factor is asked for by a problem, `mfa-required`.
    """
    await limiter.hit("login", email_key_of(form.username), PER_ACCOUNT)
    entered = await service.sign_in(
        sessions, hot, keeper, email=form.username, password=form.password, device=device
    )
    if isinstance(entered, Challenge):
        raise MfaRequired(**asdict(entered), error="mfa_required")
    return entered


@router.post(
    "/refresh", response_model=TokensOut, openapi_extra=ANYONE, dependencies=PER_ADDRESS_REFRESH
)
async def refresh_session(
    body: RefreshIn, sessions: TxFactory, keeper: Keeper, device: CallingDevice
) -> Tokens:
    """The next pair of tokens, for the device that signed in: the same `X-Device-Name`, or browser.

    A token that comes again later than 10 s, or from another device, ends the session.
    """
    return await service.refresh_session(
        sessions, keeper, refresh_token=body.refresh_token, device=device
    )


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT, openapi_extra=ANYONE)
async def logout(body: RefreshIn, tx: Tx) -> None:
    """End this session; its access tokens die everywhere within a second."""
    await service.sign_out(tx, refresh_token=body.refresh_token)


@router.post("/logout-all", status_code=status.HTTP_204_NO_CONTENT, openapi_extra=ANYONE)
async def logout_all(body: RefreshIn, tx: Tx) -> None:
    """End every session of the person whose refresh token this is."""
    await service.sign_out_everywhere(tx, refresh_token=body.refresh_token)


@router.post("/tickets")
async def make_ticket(caller: Caller, keeper: Keeper, response: Response) -> TicketOut:
    """A ticket for `?ticket=` of one stream or socket, once, within 30 seconds."""
    response.headers["Cache-Control"] = "no-store"
    return TicketOut(ticket=await keeper.minter.ticket(caller), expires_in=TICKET_SECS)


@router.get("/sessions")
async def list_sessions(
    caller: Caller, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> Page[SessionOut]:
    """The caller's signed-in devices, newest first."""
    found = await service.list_sessions(tx, by=caller, after=decode_id(cursor), limit=limit + 1)
    shown, next_cursor = page_of(found, limit, lambda one: [one.id])
    items = [
        SessionOut.model_validate(
            {
                **{
                    name: getattr(one, name)
                    for name in SessionOut.model_fields
                    if name != "current"
                },
                "current": one.id == caller.sid,
            }
        )
        for one in shown
    ]
    return Page(items=items, next_cursor=next_cursor)


@router.delete("/sessions/{session_id}", status_code=status.HTTP_204_NO_CONTENT)
async def end_session(session_id: UUID, caller: Caller, tx: Tx) -> None:
    """Sign one of the caller's devices out."""
    await service.end_own_session(tx, session_id=session_id, by=caller)
