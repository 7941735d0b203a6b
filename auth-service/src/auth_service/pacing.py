"""Answers whose time must not tell what happened."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def at_least(seconds: float) -> AsyncIterator[None]:
    """Whatever happens inside, leaving it takes at least this long."""
    leave_at = asyncio.get_running_loop().time() + seconds
    try:
        yield
    finally:
        await asyncio.sleep(leave_at - asyncio.get_running_loop().time())
