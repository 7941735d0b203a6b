"""Signing in at a provider: there and back."""

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from auth_service.doorkeeper import Device, Doorkeeper
from auth_service.factors.challenges import Challenge
from auth_service.federation.arriving import OURS, base64_of, come_in, fetch, hand_over
from auth_service.federation.errors import (
    CodeNotBound,
    ProviderNotFound,
    ProvidersMixedUp,
    ProviderUnavailable,
    RedirectNotAllowed,
    SignInDeclined,
    SignInNotBegun,
)
from auth_service.federation.gateway import Gateway, Grant, Identity, Provider, providers_of
from auth_service.federation.models import FLOW_LIFETIME, OauthFlow
from auth_service.federation.queries import take_flow
from auth_service.federation.schemas import BeginQuery, CallbackQuery, OauthCodeIn
from auth_service.secrets_at_rest import digest_of, new_secret
from auth_service.sessions.opening import Tokens
from auth_service.settings import Settings
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.problems import Problem


@dataclass(frozen=True, slots=True)
class Desk:
    """What it takes to sign somebody in at a provider."""

    sessions: Sessions
    keeper: Doorkeeper
    gateway: Gateway


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes now, and the secret that it keeps as a cookie."""

    url: str
    browser: str


@dataclass(frozen=True, slots=True)
class Return:
    """Where the browser goes afterwards: the app's address with `code`, or with `error`."""

    url: str


def list_providers(settings: Settings) -> list[Provider]:
    """Every provider that somebody can sign in at."""
    return list(providers_of(settings).values())


def get_provider(settings: Settings, provider_id: str) -> Provider:
    """One of them. Raises ProviderNotFound."""
    found = providers_of(settings).get(provider_id)
    if found is None:
        raise ProviderNotFound
    return found


def callback_of(settings: Settings, provider: Provider) -> str:
    """Where the provider sends the browser back to; it has to be registered there."""
    return f"{settings.public_url}/api/v1/auth/oauth/{provider.id}/callback"


async def begin(
    desk: Desk, *, provider_id: str, wish: BeginQuery, browser: str | None
) -> Departure:
    """Send a browser to the provider; `browser` is the secret that it has from another tab.

    Raises ProviderNotFound, RedirectNotAllowed, ProviderUnavailable.
    """
    settings = desk.keeper.settings
    provider = get_provider(settings, provider_id)
    if wish.redirect_uri is not None:
        _refuse_redirect(settings, wish.redirect_uri)
    state, browser = new_secret(), browser or new_secret()
    url = await desk.gateway.authorization_url(
        provider,
        redirect_uri=callback_of(settings, provider),
        state=state,
        nonce=_derived(browser, state, "nonce"),
        code_verifier=_derived(browser, state, "verifier"),
    )
    async with desk.sessions.begin() as session:
        session.add(
            OauthFlow(
                state_sha256=digest_of(state),
                browser_sha256=digest_of(browser),
                provider=provider.id,
                redirect_uri=wish.redirect_uri,
                code_challenge=wish.code_challenge,
                expires_at=now() + FLOW_LIFETIME,
            )
        )
    return Departure(url, browser)


async def complete(
    desk: Desk,
    *,
    provider_id: str,
    answer: CallbackQuery,
    browser: str | None,
    device: Device,
) -> Tokens | Challenge | Return:
    """The browser is back: a session, or the way to the app that fetches it.

    What goes wrong after that is known is told to the app (`error`). Raises ProviderNotFound,
    SignInNotBegun, and without an app to return to what `_redeemed` and `come_in` raise.
    """
    provider = get_provider(desk.keeper.settings, provider_id)
    async with desk.sessions.begin() as session:
        flow = await take_flow(
            session,
            state_sha256=digest_of(answer.state),
            browser_sha256=digest_of(browser or ""),
            provider=provider.id,
        )
    if flow is None or browser is None or flow.expires_at <= now():
        raise SignInNotBegun
    grant = Grant(
        code=answer.code or "",
        redirect_uri=callback_of(desk.keeper.settings, provider),
        code_verifier=_derived(browser, answer.state, "verifier"),
        nonce=_derived(browser, answer.state, "nonce"),
    )
    if flow.redirect_uri is None:
        identity = await _redeemed(desk.gateway, provider, grant, answer)
        return await come_in(desk.sessions, desk.keeper, identity, device)
    try:
        identity = await _redeemed(desk.gateway, provider, grant, answer)
        code = await hand_over(desk.sessions, desk.keeper, identity, device, flow)
    except Problem as refused:
        return Return(_with(flow.redirect_uri, error=refused.code()))
    return Return(_with(flow.redirect_uri, code=code))


async def sign_in_by_code(
    desk: Desk,
    *,
    provider_id: str,
    wish: OauthCodeIn,
    device: Device,
) -> Tokens | Challenge:
    """A session for an app that was returned with a code, by the provider or by our callback.

    Raises ProviderNotFound, RedirectNotAllowed, CodeNotBound, ProvidersMixedUp, OauthCodeNotValid,
    and what `complete` does.
    """
    provider = get_provider(desk.keeper.settings, provider_id)
    _refuse_redirect(desk.keeper.settings, wish.redirect_uri)
    _refuse_unbound(provider, wish)
    if wish.code.startswith(OURS):
        return await fetch(desk.sessions, desk.keeper, provider=provider, wish=wish, device=device)
    _refuse_mix_up(provider, wish.iss)
    grant = Grant(wish.code, wish.redirect_uri, wish.code_verifier, wish.nonce)
    identity = await desk.gateway.redeem(provider, grant)
    return await come_in(desk.sessions, desk.keeper, identity, device)


async def _redeemed(
    gateway: Gateway, provider: Provider, grant: Grant, answer: CallbackQuery
) -> Identity:
    _refuse_mix_up(provider, answer.iss)
    if answer.error in {"temporarily_unavailable", "server_error"}:
        raise ProviderUnavailable(retry_after_secs=30)
    if answer.error is not None or not grant.code:
        raise SignInDeclined
    return await gateway.redeem(provider, grant)


def _refuse_redirect(settings: Settings, address: str) -> None:
    allowed = {one.strip() for one in settings.oauth_redirects.split(",")}
    if address not in allowed:
        raise RedirectNotAllowed


def _refuse_unbound(provider: Provider, wish: OauthCodeIn) -> None:
    """Whoever finds or plants a code must not be able to use it (RFC 9700 §2.1.1)."""
    is_ours, has_verifier = wish.code.startswith(OURS), wish.code_verifier is not None
    by_verifier = has_verifier and (provider.pkce or is_ours)
    by_nonce = wish.nonce is not None and provider.client_secret is not None and not is_ours
    if not by_verifier and not by_nonce:
        field = "nonce" if has_verifier else "code_verifier"
        raise CodeNotBound(errors=[{"pointer": f"/{field}", "detail": "Needed with this code"}])


def _refuse_mix_up(provider: Provider, issuer: str | None) -> None:
    """A code goes to no other provider than the one that made it (RFC 9207 §2.4)."""
    if issuer is not None and not provider.publishes(issuer):
        raise ProvidersMixedUp


def _derived(browser: str, state: str, purpose: str) -> str:
    """A secret that only this browser's cookie and this state give together."""
    made = hmac.new(browser.encode(), f"{purpose}\n{state}".encode(), hashlib.sha256)
    return base64_of(made.digest())


def _with(address: str, **said: str) -> str:
    parts = urlsplit(address)
    query = "&".join(one for one in (parts.query, urlencode(said)) if one)
    return parts._replace(query=query).geturl()
