"""What checking passwords and handing out tokens takes; one per process."""

import re
from dataclasses import dataclass

from auth_service.accounts.models import Origin, User
from auth_service.keys.minting import Minter
from auth_service.passwords import Passwords
from auth_service.settings import Settings


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Checks who comes in, and signs what they take along."""

    passwords: Passwords
    minter: Minter
    settings: Settings

    def admits(self, user: User) -> bool:
        """Whether this account exists for the outside: demo accounts do so in development only."""
        return user.origin is not Origin.DEMO or self.settings.dev


@dataclass(frozen=True, slots=True)
class Device:
    """Where somebody signs in from: what the device calls itself, and its address.

    Apps say `X-Device-Name`, which people recognise; of browsers there is the `User-Agent`.
    """

    name: str | None
    address: str | None

    def may_be(self, name: str | None) -> bool:
        """Whether the device that once gave this name may be this one: programs get newer."""
        return name is None or _without_versions(self.name or "") == _without_versions(name)


def _without_versions(name: str) -> str:
    is_user_agent = "/" in name
    return re.sub(r"[^\s/;()]*\d[^\s/;()]*", "", name) if is_user_agent else name
