"""Providers over HTTP: described, asked, and believed only as far as they prove it."""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from typing_extensions import override

from auth_service.federation.errors import (
    IdentityNotProved,
    OauthCodeNotValid,
    ProviderUnavailable,
)
from auth_service.federation.gateway import Grant, Identity, Provider
from auth_service.federation.proof import find_keys, key_id_of, refuse_foreign, signed_claims

log = logging.getLogger(__name__)

SECONDS = 8.0
"""How long a provider may take for everything that one of our requests asks of it."""
AT_ONCE = 32
"""How many requests wait for one provider; when it is slow, others must not run out of places."""
KEPT_SECS = 3600.0
REFETCH_SECS = 30.0
RETRY_AFTER_SECS = 30
MOST_BYTES = 262_144
SCOPES = "openid email profile"


@dataclass(slots=True)
class _Known:
    """What one provider has published, and when we asked."""

    waiting: int = 0
    description: dict[str, Any] = field(default_factory=dict)
    described_at: float = float("-inf")
    keys: list[Any] = field(default_factory=list)
    keys_at: float = float("-inf")


class OpenId:
    """The gateway. Keys are kept for an hour, descriptions longer while nobody answers."""

    def __init__(self) -> None:
        self._tls = ssl.create_default_context()
        self._known: dict[str, _Known] = {}

    async def authorization_url(
        self, provider: Provider, *, redirect_uri: str, state: str, nonce: str, code_verifier: str
    ) -> str:
        """Where to send the browser. Raises ProviderUnavailable."""
        async with self._asking(provider) as (known, client):
            await _describe(client, provider, known)
            address = _seen_by_browsers(provider, known.description["authorization_endpoint"])
            made: tuple[str, str] = client.create_authorization_url(
                address,
                state=state,
                nonce=nonce,
                code_verifier=code_verifier,
                redirect_uri=redirect_uri,
            )
        return made[0]

    async def redeem(self, provider: Provider, grant: Grant) -> Identity:
        """Exchange a code for an identity.

        Raises ProviderUnavailable, OauthCodeNotValid, IdentityNotProved.
        """
        async with self._asking(provider) as (known, client):
            await _describe(client, provider, known)
            answer = await _exchange(client, known, grant)
            id_token = answer.get("id_token")
            if not isinstance(id_token, str):
                raise IdentityNotProved
            claims = signed_claims(id_token, await _signing_key(client, known, id_token))
            issuer = str(known.description["issuer"])
            refuse_foreign(claims, provider, issuer=issuer, nonce=grant.nonce)
            if "email" not in claims:
                claims = await _told_apart(client, known, answer, claims["sub"]) | claims
        return _identity_of(claims, provider)

    @asynccontextmanager
    async def _asking(self, provider: Provider) -> AsyncIterator[tuple[_Known, AsyncOAuth2Client]]:
        known = self._known.setdefault(provider.id, _Known())
        if known.waiting >= AT_ONCE:
            raise ProviderUnavailable(retry_after_secs=RETRY_AFTER_SECS)
        client = AsyncOAuth2Client(
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            scope=SCOPES,
            code_challenge_method="S256",
            transport=_Bounded(self._tls),
            trust_env=False,
            headers={"Accept-Encoding": "identity"},
            timeout=SECONDS / 2,
        )
        known.waiting += 1
        try:
            async with asyncio.timeout(SECONDS), client:
                yield known, client
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, ValueError, _Nonsense) as down:
            log.warning(
                "a provider cannot be asked", extra={"provider": provider.id}, exc_info=down
            )
            raise ProviderUnavailable(retry_after_secs=RETRY_AFTER_SECS) from down
        finally:
            known.waiting -= 1


class _Nonsense(Exception):
    """The provider answered something else than it was asked."""


async def _get(client: AsyncOAuth2Client, url: str, **more: Any) -> dict[str, Any]:
    answer = await client.request("GET", url, withhold_token=True, **more)
    if answer.status_code != 200:
        raise _Nonsense
    try:
        document = answer.json()
    except (ValueError, RecursionError) as wrong:
        raise _Nonsense from wrong
    if not isinstance(document, dict):
        raise _Nonsense
    return document


async def _describe(client: AsyncOAuth2Client, provider: Provider, known: _Known) -> None:
    """OpenID Connect Discovery §4: what the provider says of itself, if it is itself."""
    if time.monotonic() - known.described_at < KEPT_SECS:
        return
    try:
        said = await _get(client, provider.discovery_url)
    except (httpx2.HTTPError, _Nonsense):
        if not known.description:
            raise
        # It was there before; another try in half a minute.
        known.described_at = time.monotonic() - KEPT_SECS + REFETCH_SECS
        return
    scheme = urlsplit(provider.discovery_url).scheme
    wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if not provider.publishes(str(said.get("issuer"))):
        raise _Nonsense
    if not all(_is_address(said.get(name), scheme) for name in wanted):
        raise _Nonsense
    known.description, known.described_at = said, time.monotonic()


def _is_address(value: object, scheme: str) -> bool:
    """Whether it leads to the network as safely as the description itself came."""
    return isinstance(value, str) and value.startswith(("https://", f"{scheme}://"))


def _seen_by_browsers(provider: Provider, address: str) -> str:
    if provider.browser_url is None:
        return address
    theirs = urlsplit(provider.browser_url)
    return urlunsplit(urlsplit(address)._replace(scheme=theirs.scheme, netloc=theirs.netloc))


async def _exchange(client: AsyncOAuth2Client, known: _Known, grant: Grant) -> dict[str, Any]:
    methods = known.description.get("token_endpoint_auth_methods_supported")
    if client.client_secret and isinstance(methods, list) and "client_secret_basic" not in methods:
        client.token_endpoint_auth_method = "client_secret_post"  # noqa: S105  (a word of RFC 7591)
    more = {"code_verifier": grant.code_verifier} if grant.code_verifier else {}
    try:
        answer = await client.fetch_token(
            known.description["token_endpoint"],
            grant_type="authorization_code",
            code=grant.code,
            redirect_uri=grant.redirect_uri,
            **more,
        )
    except OAuthError as refused:
        if str(refused.error) in {"invalid_grant", "invalid_request"}:
            raise OauthCodeNotValid from refused
        raise _Nonsense from refused
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as garbage:
        raise _Nonsense from garbage
    return dict(answer)


async def _signing_key(client: AsyncOAuth2Client, known: _Known, id_token: str) -> dict[str, Any]:
    """The one key that the token names. Unknown ids cause one fetch in half a minute, at most."""
    kid = key_id_of(id_token)
    age = time.monotonic() - known.keys_at
    found = find_keys(known.keys, kid)
    if age > KEPT_SECS or (not found and age > REFETCH_SECS):
        said = await _get(client, known.description["jwks_uri"])
        if not isinstance(said.get("keys"), list):
            raise _Nonsense
        known.keys, known.keys_at = said["keys"], time.monotonic()
        found = find_keys(known.keys, kid)
    if len(found) != 1:
        raise IdentityNotProved
    return dict(found[0])


async def _told_apart(
    client: AsyncOAuth2Client, known: _Known, answer: dict[str, Any], subject: str
) -> dict[str, Any]:
    """OpenID Connect Core §5.3: some providers tell the address only when asked for it."""
    address, token = known.description.get("userinfo_endpoint"), answer.get("access_token")
    if not isinstance(address, str) or not isinstance(token, str):
        return {}
    said = await _get(client, address, headers={"Authorization": f"Bearer {token}"})
    if said.get("sub") != subject:
        raise IdentityNotProved
    return said


def _identity_of(claims: dict[str, Any], provider: Provider) -> Identity:
    email, name = claims.get("email"), claims.get("name")
    vouched = str(claims.get(provider.verified_claim)).lower() in {"true", "1"}
    return Identity(
        issuer=claims["iss"],
        subject=claims["sub"],
        email=email if isinstance(email, str) and vouched else None,
        name=name if isinstance(name, str) else None,
    )


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken = 0
        async for chunk in self._stream:
            taken += len(chunk)
            if taken > MOST_BYTES:
                raise httpx2.RemoteProtocolError("the answer is too long")
            yield chunk

    @override
    async def aclose(self) -> None:
        await self._stream.aclose()


class _Bounded(httpx2.AsyncBaseTransport):
    """Answers are plain and a quarter of a megabyte at most: a packed one could grow when read."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._inner = httpx2.AsyncHTTPTransport(verify=tls)

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._inner.handle_async_request(request)
        if answer.headers.get("content-encoding", "identity") != "identity":
            await answer.aclose()
            raise httpx2.RemoteProtocolError("the answer is packed, which was not asked for")
        answer.stream = _BoundedStream(cast("httpx2.AsyncByteStream", answer.stream))
        return answer

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()
