"""Verification of access tokens (RFC 9068) and stream tickets against a key set (RFC 7517)."""

import base64
import json
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.access import Role
from servicekit.access.principal import Principal
from servicekit.clock import now
from servicekit.problems import TicketSpent, TokenExpired, TokenInvalid

AUDIENCE = "docfliq-api"
ACCESS_TYPE = "at+jwt"
TICKET_TYPE = "ticket+jwt"
MAX_TOKEN_BYTES = 4096
MAX_LIFETIME_SECS = 3600
MAX_CACHED = 20_000
LEEWAY_SECS = 5


class KeySource(Protocol):
    """Where public keys come from: auth-service's own store, or its JWKS over HTTP."""

    async def find(self, kid: str) -> Ed25519PublicKey | None:
        """The key of that id, or None. Raises ServiceUnavailable while no key is known at all."""


class TokenVerifier:
    """Turns a token into a Principal, remembering verified ones until they expire.

    Signature, issuer, audience, type, lifetime and required claims are checked once per token; the
    cache is keyed by the whole token, so a changed byte is another token.
    """

    def __init__(self, *, issuer: str, keys: KeySource) -> None:
        self._issuer, self._keys = issuer, keys
        self._verified: OrderedDict[str, Principal] = OrderedDict()

    def cached(self, token: str) -> Principal | None:
        """The principal of a token verified before and not expired, without any cryptography."""
        principal = self._verified.get(token)
        if principal is None:
            return None
        if principal.expires_at <= now():
            del self._verified[token]
            raise TokenExpired
        return principal

    async def verify(self, token: str) -> Principal:
        """Who the token speaks of. Raises TokenInvalid, TokenExpired, ServiceUnavailable."""
        known = self.cached(token)
        if known is not None:
            return known
        principal, _ = await self._check(token, ACCESS_TYPE)
        self._verified[token] = principal
        if len(self._verified) > MAX_CACHED:
            self._verified.popitem(last=False)
        return principal

    async def verify_ticket(self, token: str) -> tuple[Principal, str]:
        """The principal and `jti` of a stream ticket; the caller sees that it is used once.

        It expires with the access token that it was asked with. Raises TicketSpent, TokenInvalid.
        """
        return await self._check(token, TICKET_TYPE)

    async def _check(self, token: str, kind: str) -> tuple[Principal, str]:
        header = _header_of(token)
        if header.get("alg") != "EdDSA" or header.get("typ") != kind:
            raise TokenInvalid
        kid = header.get("kid")
        key = await self._keys.find(kid) if isinstance(kid, str) and len(kid) <= 100 else None
        if key is None:
            raise TokenInvalid
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                issuer=self._issuer,
                leeway=LEEWAY_SECS,
                options={"require": ["exp", "iat", "sub", "aud", "iss", "jti"], "verify_iat": True},
            )
        except jwt.ExpiredSignatureError as expired:
            raise (TokenExpired if kind == ACCESS_TYPE else TicketSpent) from expired
        except (jwt.PyJWTError, ValueError, TypeError) as broken:
            raise TokenInvalid from broken
        return _principal_of(claims), str(claims["jti"])


def _header_of(token: str) -> dict[str, Any]:
    if len(token) > MAX_TOKEN_BYTES or not token.isascii():
        raise TokenInvalid
    parts = token.split(".")
    if len(parts) != 3 or not all(_is_canonical(part) for part in parts):
        raise TokenInvalid
    try:
        header = json.loads(_decoded(parts[0]))
    except (ValueError, RecursionError) as broken:
        raise TokenInvalid from broken
    if not isinstance(header, dict) or "crit" in header:
        raise TokenInvalid
    return header


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _is_canonical(part: str) -> bool:
    # Trailing bits and padding would let one signature be written in several ways.
    try:
        return base64.urlsafe_b64encode(_decoded(part)).rstrip(b"=").decode() == part
    except ValueError:
        return False


def _principal_of(claims: dict[str, Any]) -> Principal:
    try:
        issued_at, expires_at = float(claims["iat"]), float(claims.get("until", claims["exp"]))
        if expires_at - issued_at > MAX_LIFETIME_SECS or not isinstance(claims["verified"], bool):
            raise TokenInvalid
        return Principal(
            user_id=UUID(claims["sub"]),
            role=Role(claims["role"]),
            verified=claims["verified"],
            sid=UUID(claims["sid"]),
            issued_at=datetime.fromtimestamp(issued_at, UTC),
            expires_at=datetime.fromtimestamp(expires_at, UTC),
        )
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as broken:
        raise TokenInvalid from broken
