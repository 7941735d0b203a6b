"""People who call: tokens signed with a key that the application under test is told to trust."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contracts.access import Role
from servicekit.access.tokens import ACCESS_TYPE, AUDIENCE
from servicekit.ids import uuid7

ISSUER = "http://localhost:8000"
KID = "test-key"


class TestKeys:
    """A KeySource with one key, made for the test session."""

    __test__ = False

    def __init__(self) -> None:
        self.private = Ed25519PrivateKey.generate()

    async def find(self, kid: str) -> Ed25519PublicKey | None:
        """The public half, under its one name."""
        return self.private.public_key() if kid == KID else None

    def sign(self, claims: dict[str, Any], *, headers: dict[str, Any] | None = None) -> str:
        """A token over exactly these claims."""
        return jwt.encode(
            claims,
            self.private,
            "EdDSA",
            headers={"typ": ACCESS_TYPE, "kid": KID, **(headers or {})},
        )


@dataclass(frozen=True, slots=True)
class TestCaller:
    """Somebody with a token."""

    __test__ = False

    user_id: UUID
    sid: UUID
    role: Role
    verified: bool
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What this caller sends along."""
        return {"Authorization": f"Bearer {self.token}"}


def claims_of(user_id: UUID, role: Role, *, verified: bool, sid: UUID) -> dict[str, Any]:
    """The claims of a good access token."""
    present = time.time()
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(user_id),
        "role": role.value,
        "verified": verified,
        "sid": str(sid),
        "jti": str(uuid7()),
        "iat": present,
        "exp": present + 900,
    }


def make_caller_with(
    keys: TestKeys,
    role: Role = Role.STUDENT,
    *,
    verified: bool = False,
    user_id: UUID | None = None,
) -> TestCaller:
    """A new person with that role, or a token for a known one."""
    user_id, sid = user_id or uuid7(), uuid7()
    token = keys.sign(claims_of(user_id, role, verified=verified, sid=sid))
    return TestCaller(user_id, sid, role, verified, token)
