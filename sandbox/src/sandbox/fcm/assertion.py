"""The signed statement by which a service account asks for an access token (RFC 7523)."""

import base64
import binascii
import json
import time
from typing import Any

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class BadAssertion(Exception):
    """The statement is not one that Google would accept; the message says why."""


def check_assertion(assertion: str) -> None:
    """Check form and claims. The signature's key is Google's secret knowledge: only its form is."""
    parts = assertion.split(".")
    if len(parts) != 3 or len(assertion) > 16_384:
        raise BadAssertion("Invalid JWT: three parts are needed")
    header, claims = _json(parts[0]), _json(parts[1])
    if header.get("alg") != "RS256" or header.get("typ", "JWT") != "JWT":
        raise BadAssertion("Invalid JWT: it must be signed with RS256")
    if len(_bytes(parts[2])) < 256:
        raise BadAssertion("Invalid JWT Signature.")
    missing = [name for name in ("iss", "scope", "aud", "iat", "exp") if name not in claims]
    if missing:
        raise BadAssertion(f"Invalid JWT: {', '.join(missing)} missing")
    _check_times(claims)


def _check_times(claims: dict[str, Any]) -> None:
    issued, expires = claims["iat"], claims["exp"]
    if not isinstance(issued, int | float) or not isinstance(expires, int | float):
        raise BadAssertion("Invalid JWT: iat and exp must be numbers")
    now = time.time()
    if expires < now or issued > now + 300 or expires - issued > 3600:
        raise BadAssertion(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable"
            " timeframe. Check your iat and exp values in the JWT claim."
        )


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise BadAssertion("Invalid JWT: not base64url") from wrong


def _json(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(part))
    except (ValueError, RecursionError) as wrong:
        raise BadAssertion("Invalid JWT: not JSON") from wrong
    if not isinstance(value, dict):
        raise BadAssertion("Invalid JWT: not an object")
    return value
