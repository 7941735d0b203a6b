"""One-time codes and links travel sealed (Fernet); only auth and notification hold the keys."""

import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

MAX_AGE_SECS = 7 * 24 * 3600


class SealBroken(Exception):
    """The seal was made with other keys, is too old, or was tampered with."""


def _keys(sealing_keys: SecretStr) -> MultiFernet:
    return MultiFernet([Fernet(key.strip()) for key in sealing_keys.get_secret_value().split(",")])


def seal(sealing_keys: SecretStr, content: Mapping[str, str | None]) -> str:
    """A letter that only holders of the keys can read; they are comma separated, newest first."""
    return _keys(sealing_keys).encrypt(json.dumps(dict(content)).encode()).decode()


def unseal(sealing_keys: SecretStr, sealed: str) -> dict[str, str | None]:
    """The content of a sealed letter. Raises SealBroken."""
    try:
        opened: dict[str, str | None] = json.loads(
            _keys(sealing_keys).decrypt(sealed.encode(), ttl=MAX_AGE_SECS)
        )
    except InvalidToken as broken:
        raise SealBroken from broken
    return opened
