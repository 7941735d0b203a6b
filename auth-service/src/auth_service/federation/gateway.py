"""Which providers there are, by the settings, and what is asked of them."""

import re
from dataclasses import dataclass
from typing import Protocol

from pydantic import SecretStr

from auth_service.settings import OidcProvider, Settings

GOOGLE = "https://accounts.google.com"
MICROSOFT = "https://login.microsoftonline.com"
_TENANT = "{tenantid}"
_TENANT_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@dataclass(frozen=True, slots=True)
class Provider:
    """One OpenID provider as this installation knows it.

    `issuer` may hold `{tenantid}`, as Microsoft's does. `browser_url`: where browsers reach what
    this process reaches at the issuer's own address.
    """

    id: str
    name: str
    issuer: str
    client_id: str
    client_secret: str | None
    discovery_url: str
    browser_url: str | None = None
    verified_claim: str = "email_verified"
    pkce: bool = True

    def publishes(self, issuer: str) -> bool:
        """Whether the provider's own description, or its `iss`, may name this issuer."""
        return issuer == self.issuer or self._is_a_tenant(issuer)

    def signs_as(self, issuer: str, described: str, tenant: object) -> bool:
        """Whether its tokens may bear this issuer, under a description that bears `described`."""
        if _TENANT not in described:
            return issuer == described
        is_tenant = isinstance(tenant, str) and re.fullmatch(_TENANT_ID, tenant)
        return bool(is_tenant) and issuer == described.replace(_TENANT, str(tenant))

    def _is_a_tenant(self, issuer: str) -> bool:
        before, holds_one, after = self.issuer.partition(_TENANT)
        pattern = re.escape(before) + _TENANT_ID + re.escape(after)
        return bool(holds_one) and re.fullmatch(pattern, issuer) is not None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says it is, proved. `email` is there only if the provider vouches for it."""

    issuer: str
    subject: str
    email: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Grant:
    """What an authorization code is redeemed with; `nonce` must come back in the ID token."""

    code: str
    redirect_uri: str
    code_verifier: str | None
    nonce: str | None


class Gateway(Protocol):
    """The providers, over the network: never called while a transaction is open."""

    async def authorization_url(
        self, provider: Provider, *, redirect_uri: str, state: str, nonce: str, code_verifier: str
    ) -> str:
        """Where to send the browser. Raises ProviderUnavailable."""

    async def redeem(self, provider: Provider, grant: Grant) -> Identity:
        """Exchange a code for an identity.

        Raises ProviderUnavailable, OauthCodeNotValid, IdentityNotProved.
        """


def providers_of(settings: Settings) -> dict[str, Provider]:
    """Every provider whose client id is set, by its id, in the order in which they are offered.

    The local one lets anybody be anyone, so it exists in development only.
    """
    found = [_named(key, one) for key, one in settings.oidc_providers.items()]
    if settings.microsoft_client_id:
        found.insert(0, _microsoft(settings, settings.microsoft_client_id))
    if settings.google_client_id:
        google = OidcProvider(
            name="Google",
            issuer=GOOGLE,
            client_id=settings.google_client_id,
            client_secret=settings.google_client_secret,
        )
        found.insert(0, _named("google", google))
    if settings.dev and settings.local_oidc_url:
        local = OidcProvider(
            name="Local test provider",
            issuer=settings.local_oidc_url,
            client_id="docfliq",
            client_secret=SecretStr("any will do"),
            browser_url=settings.local_oidc_browser_url,
        )
        found.append(_named("local", local))
    return {one.id: one for one in found}


def _named(key: str, said: OidcProvider) -> Provider:
    secret = said.client_secret
    return Provider(
        id=key,
        name=said.name or key,
        issuer=said.issuer,
        client_id=said.client_id,
        client_secret=secret.get_secret_value() if secret else None,
        discovery_url=said.discovery_url
        or f"{said.issuer.rstrip('/')}/.well-known/openid-configuration",
        browser_url=said.browser_url,
        verified_claim=said.verified_claim,
        pkce=said.pkce,
    )


def _microsoft(settings: Settings, client_id: str) -> Provider:
    tenant = settings.microsoft_tenant
    said = OidcProvider(
        name="Microsoft",
        issuer=f"{MICROSOFT}/{_TENANT}/v2.0",
        client_id=client_id,
        client_secret=settings.microsoft_client_secret,
        discovery_url=f"{MICROSOFT}/{tenant}/v2.0/.well-known/openid-configuration",
        # `email` is what a tenant's admin typed; this optional claim says that the domain is theirs
        # (Microsoft, "Optional claims reference", xms_edov).
        verified_claim="xms_edov",
    )
    return _named("microsoft", said)
