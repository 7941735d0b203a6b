"""Stream tickets are used once, across all processes while Redis answers."""

import time

from redis.asyncio import Redis
from redis.exceptions import RedisError

from servicekit.settings import ServiceSettings

KEPT_SECS = 120


class Tickets:
    """Remembers used tickets for longer than they live; in Redis, and locally besides."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._redis = Redis.from_url(
            settings.redis_url, socket_timeout=0.25, socket_connect_timeout=0.25
        )
        self._used: dict[str, float] = {}

    async def use(self, jti: str) -> bool:
        """True for the first use of this ticket, False ever after."""
        present = time.monotonic()
        self._used = {known: until for known, until in self._used.items() if until > present}
        if jti in self._used:
            return False
        self._used[jti] = present + KEPT_SECS
        try:
            return bool(await self._redis.set(f"ticket:{jti}", 1, nx=True, ex=KEPT_SECS))
        except (RedisError, OSError):
            return True

    async def close(self) -> None:
        """Close the connection."""
        await self._redis.aclose()
