"""Waiting for a fact, never for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(fact: Callable[[], Awaitable[T]], *, within: float = 10.0) -> T:
    """The first true answer of `fact`. Raises AssertionError with the last one after `within` s."""
    end = time.monotonic() + within
    while True:
        answer = await fact()
        if answer:
            return answer
        if time.monotonic() > end:
            name = getattr(fact, "__name__", "the fact")
            raise AssertionError(f"{name} did not become true within {within} s: {answer!r}")
        await asyncio.sleep(0.02)
