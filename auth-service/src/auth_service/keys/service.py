"""The key ring: keys from our own database, made on first use, known to every process."""

import asyncio
import base64
import logging
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.keys.models import SigningKey
from auth_service.keys.queries import list_published_keys, lock_signing_keys
from contracts.auth import SigningKeyCreated
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.messaging import publish

log = logging.getLogger(__name__)

REREAD_SECS = 60.0
UNKNOWN_SECS = 1.0
KNOWN_TO_ALL_AFTER = timedelta(minutes=10)
"""Other services read the key set every five minutes: a new key signs after they have seen it."""


class KeyRing:
    """A KeySource on our own table, and the key that signs now. Read again every minute."""

    def __init__(self, sessions: Sessions, sealing_keys: SecretStr) -> None:
        self._sessions, self._sealing_keys = sessions, sealing_keys
        self._keys: list[SigningKey] = []
        self._public: dict[str, Ed25519PublicKey] = {}
        self._private: dict[str, Ed25519PrivateKey] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def find(self, kid: str) -> Ed25519PublicKey | None:
        """The published key of that id, or None."""
        await self._read(REREAD_SECS if kid in self._public else UNKNOWN_SECS)
        return self._public.get(kid)

    async def signer(self) -> tuple[str, Ed25519PrivateKey]:
        """The key that signs now, and its id; the first one is made here."""
        await self._read(REREAD_SECS)
        present = now()
        signing = next(key for key in self._keys if key.signs_from <= present)
        if signing.kid not in self._private:
            self._private[signing.kid] = open_private_key(signing, self._sealing_keys)
        return signing.kid, self._private[signing.kid]

    async def as_jwks(self) -> dict[str, Any]:
        """The published keys (RFC 7517, RFC 8037)."""
        await self._read(REREAD_SECS)
        return {"keys": [_as_jwk(key) for key in self._keys]}

    async def _read(self, at_most_every_secs: float) -> None:
        since_secs = time.monotonic() - self._read_at
        if self._keys and (self._reading.locked() or since_secs < at_most_every_secs):
            return
        async with self._reading:
            try:
                await self._read_now()
            except SQLAlchemyError:
                # Keys that were read once go on working while the database is busy or away.
                if not self._keys:
                    raise
                log.warning("signing keys could not be read again")
            self._read_at = time.monotonic()

    async def _read_now(self) -> None:
        async with self._sessions.begin() as session:
            keys = list(await list_published_keys(session, at=now()))
            if not keys:
                keys = [await make_first_key(session, self._sealing_keys)]
        self._keys = keys
        self._public = {key.kid: Ed25519PublicKey.from_public_bytes(key.public_key) for key in keys}


async def make_first_key(session: AsyncSession, sealing_keys: SecretStr) -> SigningKey:
    """The first key of this installation, which signs at once; made once, whoever asks first."""
    await lock_signing_keys(session)
    for key in await list_published_keys(session, at=now()):
        return key
    return _add_key(session, sealing_keys, signs_from=now())


async def rotate_keys(session: AsyncSession, sealing_keys: SecretStr) -> SigningKey:
    """A new key: published now, signing in ten minutes. The old one outlives its tokens."""
    await lock_signing_keys(session)
    key = _add_key(session, sealing_keys, signs_from=now() + KNOWN_TO_ALL_AFTER)
    made = SigningKeyCreated(version=1, signing_key_id=UUID(key.kid), signs_from=key.signs_from)
    publish(session, made)
    return key


def open_private_key(key: SigningKey, sealing_keys: SecretStr) -> Ed25519PrivateKey:
    """The private half. Raises InvalidToken when none of the sealing keys fits."""
    raw = _fernet(sealing_keys).decrypt(key.sealed_private_key.encode())
    return Ed25519PrivateKey.from_private_bytes(raw)


def _add_key(session: AsyncSession, sealing_keys: SecretStr, *, signs_from: datetime) -> SigningKey:
    private = Ed25519PrivateKey.generate()
    key = SigningKey(
        kid=uuid7().hex,
        public_key=private.public_key().public_bytes_raw(),
        sealed_private_key=_fernet(sealing_keys).encrypt(private.private_bytes_raw()).decode(),
        created_at=now(),
        signs_from=signs_from,
    )
    session.add(key)
    return key


def _fernet(sealing_keys: SecretStr) -> MultiFernet:
    # Not servicekit.sealing: a letter may grow old, a key may not.
    return MultiFernet([Fernet(key.strip()) for key in sealing_keys.get_secret_value().split(",")])


def _as_jwk(key: SigningKey) -> dict[str, str]:
    x = base64.urlsafe_b64encode(key.public_key).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.kid, "x": x}
