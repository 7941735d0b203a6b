"""Signing in at a provider: the doors."""

import asyncio
import re
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Depends, Query, Request, Response, status
from starlette.responses import RedirectResponse

from auth_service.dependencies import CallingDevice, Keeper
from auth_service.factors.challenges import Challenge
from auth_service.federation import service
from auth_service.federation.gateway import Gateway
from auth_service.federation.models import FLOW_LIFETIME
from auth_service.federation.schemas import BeginQuery, CallbackQuery, OauthCodeIn, ProviderOut
from auth_service.federation.service import Desk
from auth_service.sessions.opening import Tokens
from auth_service.sessions.schemas import ChallengeOut, TokensOut
from servicekit.access import ANYONE
from servicekit.pagination import Page
from servicekit.web.app import TxFactory
from servicekit.web.limits import limit_address

PATH = "/auth/oauth"
router = APIRouter(prefix=PATH, tags=["federation"])

PER_ADDRESS = [Depends(limit_address("oauth", "120/minute"))]
COOKIE = "docfliq_oauth"
QUIET = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
GOES_ON: dict[int | str, dict[str, Any]] = {
    303: {"description": "The browser goes on to `Location`"}
}


def _load_gateway() -> Gateway:
    # Authlib: four megabytes and a quarter of a second, which a process may never need.
    from auth_service.federation.openid import OpenId  # noqa: PLC0415

    return OpenId()


async def _gateway(request: Request) -> Gateway:
    state = request.app.state
    if not hasattr(state, "openid"):
        loaded = await asyncio.to_thread(_load_gateway)
        if not hasattr(state, "openid"):  # nobody else was faster
            state.openid = loaded
    found: Gateway = state.openid
    return found


async def _browser(docfliq_oauth: Annotated[str | None, Cookie()] = None) -> str | None:
    is_ours = docfliq_oauth and re.fullmatch("[A-Za-z0-9_-]{43}", docfliq_oauth)
    return docfliq_oauth if is_ours else None


async def _desk(
    sessions: TxFactory, keeper: Keeper, gateway: Annotated[Gateway, Depends(_gateway)]
) -> Desk:
    return Desk(sessions, keeper, gateway)


OauthDesk = Annotated[Desk, Depends(_desk)]
Browser = Annotated[str | None, Depends(_browser)]


@router.get("/providers", openapi_extra=ANYONE, dependencies=PER_ADDRESS)
async def list_oauth_providers(keeper: Keeper) -> Page[ProviderOut]:
    """The providers that somebody can sign in at, in the order in which to offer them."""
    items = [
        ProviderOut(
            id=one.id,
            name=one.name,
            issuer=one.issuer,
            client_id=one.client_id,
            scopes=["openid", "email", "profile"],
            authorize_url=f"{keeper.settings.public_url}/api/v1{PATH}/{one.id}/authorize",
        )
        for one in service.list_providers(keeper.settings)
    ]
    return Page(items=items, next_cursor=None)


@router.get(
    "/{provider}/authorize",
    status_code=status.HTTP_303_SEE_OTHER,
    response_class=RedirectResponse,
    openapi_extra=ANYONE,
    dependencies=PER_ADDRESS,
)
async def begin_oauth(
    provider: str,
    wish: Annotated[BeginQuery, Query()],
    desk: OauthDesk,
    browser: Browser,
) -> RedirectResponse:
    """Send the browser to the provider, with PKCE, state and nonce; ten minutes to come back.

    Web apps name a `redirect_uri` that the settings allow and the S256 `code_challenge` of a
    verifier of theirs: they are returned to with `?code=`, which they POST here with the verifier.
    """
    departure = await service.begin(desk, provider_id=provider, wish=wish, browser=browser)
    away = RedirectResponse(departure.url, status.HTTP_303_SEE_OTHER, headers=QUIET)
    away.set_cookie(
        COOKIE,
        departure.browser,
        max_age=int(FLOW_LIFETIME.total_seconds()),
        path=f"/api/v1{PATH}",
        secure=desk.keeper.settings.public_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )
    return away


@router.get(
    "/{provider}/callback",
    response_model=TokensOut | ChallengeOut,
    responses=GOES_ON,
    openapi_extra=ANYONE,
    dependencies=PER_ADDRESS,
)
async def complete_oauth(
    provider: str,
    answer: Annotated[CallbackQuery, Query()],
    desk: OauthDesk,
    browser: Browser,
    device: CallingDevice,
    response: Response,
) -> Tokens | Challenge | RedirectResponse:
    """Where the provider returns the browser to: tokens as from login, or on to the web app."""
    response.headers.update(QUIET)
    arrived = await service.complete(
        desk,
        provider_id=provider,
        answer=answer,
        browser=browser,
        device=device,
    )
    if isinstance(arrived, service.Return):
        return RedirectResponse(arrived.url, status.HTTP_303_SEE_OTHER, headers=QUIET)
    return arrived


@router.post(
    "/{provider}",
    response_model=TokensOut | ChallengeOut,
    openapi_extra=ANYONE,
    dependencies=PER_ADDRESS,
)
async def sign_in_by_oauth(
    provider: str,
    body: OauthCodeIn,
    desk: OauthDesk,
    device: CallingDevice,
) -> Tokens | Challenge:
    """Sign in by the code that the app was returned with, and sign up on first use.

    Apps that asked the provider themselves send its code with their `code_verifier`, the `nonce`
    that they put into the question, and the `iss` that they were returned with, if there were any.
    """
    return await service.sign_in_by_code(desk, provider_id=provider, wish=body, device=device)
