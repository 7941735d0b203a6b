"""People who signed in by the door of auth-service, for its tests and the journeys'."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody with an account and the tokens of one session."""

    id: UUID
    email: str
    access_token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        """What this person sends along."""
        return {"Authorization": f"Bearer {self.access_token}"}


MakePerson = Callable[..., Awaitable[SignedIn]]
"""`await make_person(role=Role.MODERATOR, full_name="…")`."""
