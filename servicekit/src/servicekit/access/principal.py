"""The acting person, as the access token tells."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.access import Role


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. `issued_at` is the token's `iat` with its fraction."""

    user_id: UUID
    role: Role
    verified: bool
    sid: UUID
    issued_at: datetime
    expires_at: datetime

    def is_at_least(self, role: Role) -> bool:
        """Whether the caller's role reaches `role` in the order student … admin."""
        return self.role.rank >= role.rank
