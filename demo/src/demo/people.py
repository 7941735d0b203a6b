"""People: how they sign up, sign in and stay signed in."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from demo.checking import hold
from demo.client import Client, Refusal, Wire

PASSWORD = "Demo-Passw0rd!"  # noqa: S105 - the demo accounts' published password
_EARLY_SECS = 60.0


@dataclass
class Person:
    """Somebody with an account, signed in as long as the journey lasts."""

    wire: Wire
    email: str
    password: str
    full_name: str = ""
    id: str = ""
    refresh_token: str = ""
    api: Client = field(init=False)
    _expires: float = 0.0

    def __post_init__(self) -> None:
        self.api = Client(self.wire, renew=self.renew)

    @property
    def anybody(self) -> Client:
        """The platform without this person's token."""
        return Client(self.wire)

    async def register(self, **profile: Any) -> None:
        """Make the account. That it exists already means an answer was lost: then sign in."""
        wish = {
            "email": self.email,
            "password": self.password,
            "full_name": self.full_name,
            **profile,
        }
        try:
            made = await self.anybody.post("/auth/register", wish, expect=(201,))
        except Refusal as refused:
            if refused.status != 409:
                raise
            await self.log_in()
            return
        self._take(made["tokens"])
        self.id = made["user"]["id"]

    async def log_in(self) -> None:
        """Sign in with the password."""
        wish = {"email": self.email, "password": self.password}
        self._take(await self.anybody.post("/auth/login", wish, expect=(200,)))
        me = await self.api.get("/auth/me")
        self.id, self.full_name = me["id"], me["full_name"] or self.full_name

    async def renew(self) -> None:
        """New tokens for the refresh token; a lost answer may have spent it: then sign in."""
        try:
            wish = {"refresh_token": self.refresh_token}
            self._take(await self.anybody.post("/auth/refresh", wish, expect=(200,)))
        except Refusal as refused:
            if refused.status != 401:
                raise
            wish = {"email": self.email, "password": self.password}
            self._take(await self.anybody.post("/auth/login", wish, expect=(200,)))

    async def stay(self) -> None:
        """Renew the tokens if they end soon."""
        if time.monotonic() > self._expires - _EARLY_SECS:
            await self.renew()

    def _take(self, tokens: dict[str, Any]) -> None:
        hold(tokens["token_type"].lower() == "bearer", tokens["token_type"])
        self.api.access_token = tokens["access_token"]
        self.refresh_token = tokens["refresh_token"]
        self._expires = time.monotonic() + float(tokens["expires_in"])


def new_person(wire: Wire, full_name: str) -> Person:
    """Somebody who was never here before: each run plays with fresh people."""
    name = full_name.lower().replace("dr. ", "").replace(" ", ".")
    return Person(
        wire=wire,
        email=f"{name}.{secrets.token_hex(4)}@demo.docfliq.test",
        password=f"Journey-{secrets.token_urlsafe(9)}",
        full_name=full_name,
    )


async def demo_account(wire: Wire, name: str) -> Person:
    """One of the accounts every development platform has, signed in."""
    person = Person(wire=wire, email=f"{name}@demo.docfliq.test", password=PASSWORD)
    await person.log_in()
    return person
