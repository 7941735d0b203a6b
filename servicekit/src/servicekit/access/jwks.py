"""auth-service's public keys, fetched over HTTP and kept: the one call between services."""

import asyncio
import base64
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from servicekit.problems import ServiceUnavailable

log = logging.getLogger(__name__)

REFETCH_SECS = 30.0
REFRESH_SECS = 300.0
RETRY_SECS = 1.0


def keys_of(document: Mapping[str, Any]) -> dict[str, Ed25519PublicKey]:
    """The Ed25519 signing keys of a JWKS by `kid`; keys meant for another use are passed over."""
    found: dict[str, Ed25519PublicKey] = {}
    for key in document.get("keys", []):
        is_ours = key.get("kty") == "OKP" and key.get("crv") == "Ed25519" and "kid" in key
        signs = key.get("use", "sig") == "sig" and "verify" in key.get("key_ops", ["verify"])
        if is_ours and signs and key.get("alg", "EdDSA") == "EdDSA":
            raw = base64.urlsafe_b64decode(key["x"] + "=" * (-len(key["x"]) % 4))
            found[key["kid"]] = Ed25519PublicKey.from_public_bytes(raw)
    return found


class RemoteKeys:
    """A KeySource over auth-service's JWKS. What was fetched once survives auth-service being down.

    Unknown `kid`s cause at most one fetch in 30 seconds, however many arrive.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._fetched_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def find(self, kid: str) -> Ed25519PublicKey | None:
        """The key of that id, or None. Raises ServiceUnavailable while no key is known at all."""
        if kid not in self._keys:
            async with self._fetching:
                if kid not in self._keys and self._may_fetch():
                    await self._fetch()
        if not self._keys:
            raise ServiceUnavailable("No signing keys are known yet")
        return self._keys.get(kid)

    async def keep_fresh(self) -> None:
        """Fetch now, then every five minutes (every second until the first success); never ends."""
        while True:
            async with self._fetching:
                await self._fetch()
            await asyncio.sleep(REFRESH_SECS if self._keys else RETRY_SECS)

    def _may_fetch(self) -> bool:
        wait = REFETCH_SECS if self._keys else RETRY_SECS
        return asyncio.get_running_loop().time() - self._fetched_at >= wait

    async def _fetch(self) -> None:
        self._fetched_at = asyncio.get_running_loop().time()
        with suppress(httpx2.HTTPError, ValueError, KeyError, TypeError):
            async with httpx2.AsyncClient(timeout=3.0) as client:
                answer = await client.get(self._url)
                answer.raise_for_status()
                keys = keys_of(answer.json())
            if keys:
                self._keys = keys
                return
        log.warning("signing keys could not be fetched", extra={"kept": len(self._keys)})
