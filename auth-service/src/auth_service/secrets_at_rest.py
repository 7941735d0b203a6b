"""Random secrets that leave the house once, and the digests that stay."""

import hashlib
import hmac
import secrets

from pydantic import SecretStr


def new_secret() -> str:
    """256 random bits, safe in a URL."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def digest_of(secret: str) -> bytes:
    """What is kept of a secret with 256 random bits: nobody can guess its way back."""
    return hashlib.sha256(secret.encode()).digest()


def code_digest(sealing_keys: SecretStr, owner: bytes, code: str) -> bytes:
    """What is kept of a short code: without the newest key nobody can try all of them out."""
    [newest, *_] = sealing_keys.get_secret_value().split(",")
    return hmac.new(newest.strip().encode(), owner + b"\n" + code.encode(), hashlib.sha256).digest()


def is_same(one: bytes, other: bytes) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(one, other)
