"""Connections of psycopg's own, for what SQLAlchemy is too slow or too clever for."""

import asyncio
from contextlib import suppress
from typing import Any

from psycopg import AsyncConnection, Error


async def connect(url: str, **options: Any) -> AsyncConnection[Any]:
    """A connection on autocommit, within three seconds. Raises psycopg's OperationalError.

    A cancellation lets the handshake end first: a half-open connection would hold up every
    DROP DATABASE of the server until its authentication times out.
    """
    connecting = asyncio.ensure_future(
        AsyncConnection.connect(url, autocommit=True, connect_timeout=3, **options)
    )
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        with suppress(Error):
            await (await connecting).close()
        raise
