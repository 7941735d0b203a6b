"""Rate limits: buckets in Redis; while it is away, local ones at half the rate."""

import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from servicekit.problems import TooManyRequests
from servicekit.settings import ServiceSettings

log = logging.getLogger(__name__)

REDIS_SECS = 0.25
REST_SECS = 2.0


class Limits:
    """Counts hits of named buckets. A Redis that does not answer is left alone for two seconds."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._by_address = settings.address_limits
        self._redis = Redis.from_url(
            settings.redis_url, socket_timeout=REDIS_SECS, socket_connect_timeout=REDIS_SECS
        )
        self._buckets = RedisStorage(
            f"async+{settings.redis_url}",
            implementation="redispy",
            socket_timeout=REDIS_SECS,
            socket_connect_timeout=REDIS_SECS,
        )
        self._shared = MovingWindowRateLimiter(self._buckets)
        self._local = MovingWindowRateLimiter(MemoryStorage())
        self._resting_until = 0.0

    async def hit(self, request: Request, bucket: str, who: str, rate: str) -> None:
        """Count one hit of `who` in `bucket`; `rate` such as `10/minute`.

        Sets the RateLimit headers of the answer. Raises TooManyRequests with Retry-After.
        """
        item = parse(rate)
        key = hashlib.sha256(who.encode()).hexdigest()[:32]
        passed, reset_at, remaining = await self._count(item, bucket, key)
        reset_secs = max(1, round(reset_at - time.time()))
        request.state.limit = (item.amount, remaining, reset_secs)
        if not passed:
            raise TooManyRequests(headers={"Retry-After": str(reset_secs)})

    @property
    def by_address(self) -> bool:
        """Whether callers are counted by address too (tests come from one address)."""
        return self._by_address

    async def redis_answers(self) -> bool:
        """Whether Redis answers a ping."""
        try:
            return bool(await self._redis.ping())
        except (RedisError, OSError):
            return False

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
        bridge = self._buckets.bridge
        client = bridge.get_connection() if isinstance(bridge, RedispyBridge) else None
        if isinstance(client, Redis):
            await client.aclose()

    async def _count(self, item: RateLimitItem, bucket: str, key: str) -> tuple[bool, float, int]:
        if time.monotonic() >= self._resting_until:
            try:
                return await self._hit(self._shared, item, bucket, key)
            except (RedisError, OSError):
                self._resting_until = time.monotonic() + REST_SECS
                log.warning("redis does not answer, limits are local")
        half = type(item)(max(1, item.amount // 2), item.multiples, item.namespace)
        return await self._hit(self._local, half, bucket, key)

    @staticmethod
    async def _hit(
        limiter: MovingWindowRateLimiter, item: RateLimitItem, bucket: str, key: str
    ) -> tuple[bool, float, int]:
        passed = await limiter.hit(item, bucket, key)
        stats = await limiter.get_window_stats(item, bucket, key)
        return passed, float(stats.reset_time), int(stats.remaining)


def limit_address(bucket: str, rate: str) -> Callable[[Request], Awaitable[None]]:
    """A dependency that counts the caller's address: `dependencies=[Depends(limit_address(…))]`."""

    async def limited(request: Request) -> None:
        limits: Limits = request.app.state.limits
        if limits.by_address:
            await limits.hit(request, bucket, address_of(request), rate)

    return limited


def address_of(request: Request) -> str:
    """The client's address: what the gateway says, or the peer's own."""
    forwarded = request.headers.get("x-forwarded-for", "")
    peer = request.client.host if request.client else "unknown"
    return forwarded.rsplit(",", 1)[-1].strip() or peer


async def _limiter(request: Request) -> "Limiter":
    return Limiter(request)


class Limiter:
    """Counts hits of this request per account: `await limiter.hit("login", email, "10/minute")`."""

    def __init__(self, request: Request) -> None:
        self._request = request

    async def hit(self, bucket: str, who: str, rate: str) -> None:
        """Count one hit. Raises TooManyRequests."""
        limits: Limits = self._request.app.state.limits
        await limits.hit(self._request, bucket, who, rate)


RequestLimiter = Annotated[Limiter, Depends(_limiter)]
