"""Waking the relay after a commit: one NOTIFY for many, outside every business transaction."""

import asyncio
import logging
from typing import Any

from psycopg import AsyncConnection, Error
from sqlalchemy.engine import make_url

from servicekit.connections import connect
from servicekit.settings import ServiceSettings

CHANNEL = "docfliq_outbox"
_GAP = 0.005
_PAUSE = 1.0

log = logging.getLogger(__name__)


def plain_url(settings: ServiceSettings) -> str:
    """The database's address for psycopg itself."""
    url = make_url(settings.database_url.get_secret_value()).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


class RelayWaker:
    """Sends at most one NOTIFY every 5 ms on a kept autocommit connection.

    Inside the business transaction NOTIFY would serialise the commits. A lost wake-up costs a
    second, because the relay polls besides.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self._url = plain_url(settings)
        self._name = f"{settings.service}/{settings.instance} waker"
        self._due = asyncio.Event()
        self._connection: AsyncConnection[Any] | None = None

    def published(self) -> None:
        """Remember that there is something to relay."""
        self._due.set()

    async def run(self) -> None:
        """Wake the relay until cancelled."""
        try:
            while True:
                await self._due.wait()
                self._due.clear()
                await self._notify()
                await asyncio.sleep(_GAP)
        finally:
            await self._close()

    async def _notify(self) -> None:
        try:
            connection = self._connection or await self._connect()
            await connection.execute(f"NOTIFY {CHANNEL}".encode())
        except Error:
            log.info("the relay was not woken; it polls")
            await self._close()
            await asyncio.sleep(_PAUSE)

    async def _connect(self) -> AsyncConnection[Any]:
        self._connection = await connect(
            self._url,
            application_name=self._name,
            options="-c synchronous_commit=off -c statement_timeout=5s",
        )
        return self._connection

    async def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
