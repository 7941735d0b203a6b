"""Waiting for a fact, never for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from demo.checking import Broken
from demo.client import Refusal

T = TypeVar("T")

PATIENCE_SECS = 150.0
"""Long enough for every single process to be killed and come back."""


class NeverHappened(AssertionError):
    """A fact that should have come about did not, within its deadline."""


async def eventually(
    look: Callable[[], Awaitable[T | None]],
    *,
    what: str,
    within: float = PATIENCE_SECS,
) -> T:
    """What `look` returns as soon as it is neither None nor False nor empty.

    Broken, and what is not found, means "not yet" too; the last is told when time is up.
    """
    deadline = time.monotonic() + within
    pause, last = 0.05, ""
    while True:
        try:
            found = await look()
        except Broken as not_yet:
            found, last = None, f": {not_yet}"
        except Refusal as refused:
            if refused.status != 404:
                raise
            found, last = None, f": {refused}"
        if found:
            return found
        if time.monotonic() > deadline:
            raise NeverHappened(f"{what}: not within {within:.0f} s{last}")
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 1.0)
