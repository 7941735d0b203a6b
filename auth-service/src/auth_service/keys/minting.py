"""Access tokens (RFC 9068) and stream tickets."""

import time
from typing import Any
from uuid import UUID

import jwt

from auth_service.accounts.models import User
from auth_service.keys.service import KeyRing
from servicekit.access import Principal
from servicekit.access.tokens import ACCESS_TYPE, AUDIENCE, TICKET_TYPE
from servicekit.ids import uuid7

TICKET_SECS = 30


class Minter:
    """Signs what others verify. `iat` keeps its fraction: a refresh after a loss is newer."""

    def __init__(self, keys: KeyRing, *, issuer: str, access_token_secs: int) -> None:
        self._keys, self._issuer = keys, issuer
        self.access_token_secs = access_token_secs

    async def access_token(
        self, user: User, *, sid: UUID, issued_at: float | None = None
    ) -> tuple[str, int]:
        """A token with the person's rights of this moment, and the seconds that it lives.

        Call it while the person's row is locked: a loss that commits later is then younger. Or say
        when it was not yet locked (seconds since the epoch).
        """
        issued_at = issued_at or time.time()
        claims: dict[str, Any] = {
            "sub": str(user.id),
            "role": user.role.value,
            "verified": user.verified,
            "sid": str(sid),
            "iat": issued_at,
            "exp": issued_at + self.access_token_secs,
        }
        if claims["verified"] and user.verified_until is not None:
            # The licence's last day is known: nobody has to be told that it has passed.
            claims["exp"] = min(claims["exp"], user.verified_until.timestamp())
        return await self._sign(claims, ACCESS_TYPE), int(claims["exp"] - issued_at)

    async def ticket(self, principal: Principal) -> str:
        """A ticket that opens one stream within 30 seconds.

        It is as old as the token it was asked with, so that whatever ends the token ends it too;
        the stream may last until (`until`) that token expires.
        """
        until = principal.expires_at.timestamp()
        claims = {
            "sub": str(principal.user_id),
            "role": principal.role.value,
            "verified": principal.verified,
            "sid": str(principal.sid),
            "iat": principal.issued_at.timestamp(),
            "exp": min(time.time() + TICKET_SECS, until),
            "until": until,
        }
        return await self._sign(claims, TICKET_TYPE)

    async def _sign(self, claims: dict[str, Any], kind: str) -> str:
        kid, key = await self._keys.signer()
        whole = {"iss": self._issuer, "aud": AUDIENCE, "jti": str(uuid7()), **claims}
        return jwt.encode(whole, key, "EdDSA", headers={"typ": kind, "kid": kid})
