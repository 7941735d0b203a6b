"""A new signing key takes over while people work, and nobody is turned away."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import jwt
import psycopg
import pytest

from demo.client import Client, Wire
from demo.people import Person
from demo.waiting import eventually

DOORS = (
    "/auth/me",
    "/interactions/bookmarks",
    "/lms/enrollments/me",
    "/webinar",
    "/payment/orders",
    "/notifications/unread-count",
)
NOW = "UPDATE signing_keys SET signs_from = now() WHERE signs_from > now()"


@dataclass
class Work:
    """What people do all the time, and what they were answered."""

    wire: Wire
    refused: list[tuple[str, int]] = field(default_factory=list)
    signed_by: set[str] = field(default_factory=set)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def do(self, person: Person) -> None:
        """Refresh, then ask every service with the new token. Raises Refusal at the refresh."""
        while not self.over.is_set():
            wish = {"refresh_token": person.refresh_token}
            tokens = await person.anybody.post("/auth/refresh", wish, expect=(200,))
            person.refresh_token = tokens["refresh_token"]
            self.signed_by.add(jwt.get_unverified_header(tokens["access_token"])["kid"])
            client = Client(self.wire, access_token=tokens["access_token"])
            for door in DOORS:
                answer = await client.raw("GET", door)
                if answer.status_code != 200:
                    self.refused.append((door, answer.status_code))
            await asyncio.sleep(0.2)


@pytest.mark.minutes
async def test_keys_are_rotated_under_load_without_a_refusal(
    platform: Any, wire: Wire, make_person: Any
) -> None:
    """Rotated by the command; its ten minutes until all know the key are cut short in the table.

    That is harder than the real thing: no service has seen the key when it begins to sign.
    """
    work = Work(wire)
    doing = [asyncio.create_task(work.do(await make_person())) for _ in range(6)]

    async def signed_by_both() -> bool:
        return len(work.signed_by) == 2

    try:
        await asyncio.sleep(2)
        await asyncio.to_thread(platform.engine, "module", "auth_service.rotate_keys")
        with psycopg.connect(platform.settings["AUTH_DATABASE_URL"]) as connection:
            assert connection.execute(NOW).rowcount == 1
        await eventually(signed_by_both, what="the new key signs", within=90)
        await asyncio.sleep(5)
    finally:
        work.over.set()
        await asyncio.gather(*doing)

    assert work.refused == []
