"""Whether an ID token proves anything (OpenID Connect Core §3.1.3.7)."""

import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jwk, jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry, extract_compact

from auth_service.federation.errors import IdentityNotProved
from auth_service.federation.gateway import Provider
from servicekit.clock import now

LEEWAY_SECS = 30
_ALGORITHMS = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
    "OKP": ("EdDSA", "Ed25519"),
}
# What a token or a key made by hand can raise inside the library, besides its own errors.
_BROKEN = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


def key_id_of(id_token: str) -> str | None:
    """Which key a token says it was signed with. Raises IdentityNotProved."""
    try:
        kid = extract_compact(id_token.encode()).protected.get("kid")
    except _BROKEN as wrong:
        raise IdentityNotProved from wrong
    return kid if isinstance(kid, str) else None


def find_keys(keys: Sequence[Any], kid: str | None) -> list[Mapping[str, Any]]:
    """The provider's keys that may have signed under this id; without one, all that sign."""
    return [
        one
        for one in keys
        if isinstance(one, dict)
        and one.get("kty") in _ALGORITHMS
        and one.get("use", "sig") == "sig"
        and (kid is None or one.get("kid") == kid)
    ]


def signed_claims(id_token: str, key: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in a token that this key signed. The key alone decides which algorithms count.

    Raises IdentityNotProved.
    """
    allowed = _ALGORITHMS[str(key["kty"])]
    if "alg" in key:
        allowed = tuple(one for one in allowed if one == key["alg"])
    if not allowed:
        raise IdentityNotProved
    try:
        signed = jwt.decode(
            id_token,
            jwk.import_key(dict(key)),
            algorithms=list(allowed),
            registry=JWSRegistry(algorithms=list(allowed), strict_check_header=False),
        )
    except _BROKEN as wrong:
        raise IdentityNotProved from wrong
    return signed.claims


def refuse_foreign(
    claims: Mapping[str, Any], provider: Provider, *, issuer: str, nonce: str | None
) -> None:
    """A token must be this provider's, for us, alive, and for this sign-in.

    `issuer` is what the provider's description bears. Raises IdentityNotProved.
    """
    present = int(now().timestamp())
    registry = jwt.JWTClaimsRegistry(
        now=present,
        leeway=LEEWAY_SECS,
        iss={"essential": True},
        sub={"essential": True},
        aud={"essential": True, "value": provider.client_id},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(dict(claims))
    except _BROKEN as wrong:
        raise IdentityNotProved from wrong
    is_ours = provider.signs_as(claims["iss"], issuer, claims.get("tid")) and _is_for_us(
        claims, provider.client_id
    )
    if not is_ours or not _is_of_this_sign_in(claims, nonce) or not _is_plain(claims["sub"]):
        raise IdentityNotProved


def _is_for_us(claims: Mapping[str, Any], client_id: str) -> bool:
    audience, party = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    return party == client_id if several or party is not None else True


def _is_of_this_sign_in(claims: Mapping[str, Any], nonce: str | None) -> bool:
    said = claims.get("nonce")
    if nonce is None:
        return True
    return isinstance(said, str) and hmac.compare_digest(said.encode(), nonce.encode())


def _is_plain(subject: str) -> bool:
    return 0 < len(subject) <= 255 and subject.isprintable()
