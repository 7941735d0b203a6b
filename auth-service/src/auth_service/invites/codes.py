"""Invite codes: made, read as people type them, and what is kept of them."""

import secrets

from auth_service.secrets_at_rest import digest_of

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing that is mistaken for another letter."""

LENGTH, GROUP = 20, 5
_MISTAKEN = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def new_invite_code() -> str:
    """100 random bits in groups of five, such as `7Q2MK-…`."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(letters[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def digest_of_code(code: str) -> bytes:
    """What is kept of a code, however it was typed."""
    return digest_of(code.upper().translate(_MISTAKEN))
