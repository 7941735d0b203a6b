"""Row 9: signing in over bare Argon2 at equal threads, and what others feel of it meanwhile."""

import asyncio
import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx2
from pwdlib.hashers.argon2 import Argon2Hasher
from tests.load import people, tokens
from tests.load.client import Door, request
from tests.load.harness import interleave, percentile, row
from tests.load.platform import Platform

from auth_service.settings import Settings
from servicekit.ids import uuid7

LOGINS = 160  # one of each: an account is let in 30 times a minute

PASSWORD = "correct-horse-battery-staple"
PROBES = 200
PROBE_EVERY = 0.02
THREADS: int = Settings.model_fields["password_threads"].get_default(call_default_factory=True)
OURS, FLOOR = "ours", "floor"


async def measure(platform: Platform) -> bool:
    """Print row 9. Returns whether its goals were reached."""
    name, port = platform.gateway
    emails, token = await _signed_up(platform)
    logins = [
        request("POST", "/api/v1/auth/login", host=f"{name}:{port}", body=_credentials(email))
        for email in emails
    ]
    send = partial(Door("127.0.0.1", port, 200).send, logins)
    groups = {
        "gateway": platform.pids["nginx"],
        "service": platform.pids["auth-service"],
        "database": platform.pids["postgres"],
        "bench": os.getpid(),
    }
    found = await interleave({FLOOR: _verifying(), OURS: send}, groups)
    ratio, rate = found.ratios[OURS], LOGINS / found.seconds[OURS]
    figure = f"{ratio:.2f} ({rate:.0f}/s of {LOGINS / found.seconds[FLOOR]:.0f}/s)"
    good = ratio >= 0.80
    row(9, f"login over bare verification, {THREADS} threads", figure, "≥ 0.80", reached=good)
    spent = ", ".join(f"{one} {used / LOGINS * 1e3:.1f}" for one, used in found.cpu[OURS].items())
    print(f"       CPU ms a login: {spent}; floor {found.cpu[FLOOR]['bench'] / LOGINS * 1e3:.1f}")
    felt = await _felt_by_others(platform, token, send)
    known = await tokens.measure()
    return await people.measure(platform) and known and felt and good


def _verifying() -> Callable[[], Awaitable[float]]:
    hasher = Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1)
    hashed = hasher.hash(PASSWORD)
    executor = ThreadPoolExecutor(THREADS)

    async def verify_all() -> float:
        loop = asyncio.get_running_loop()
        began = time.perf_counter()
        one = partial(hasher.verify, PASSWORD, hashed)
        await asyncio.gather(*(loop.run_in_executor(executor, one) for _ in range(LOGINS)))
        return time.perf_counter() - began

    return verify_all


async def _felt_by_others(
    platform: Platform, token: str, send: Callable[[], Awaitable[float]]
) -> bool:
    """Pages of the same service, asked for at a steady rate: alone, and while people sign in."""
    idle, busy = list[float](), list[float]()
    for _ in range(3):
        idle += await _probe(platform, token)
        signing_in = asyncio.create_task(_again_and_again(send))
        busy += await _probe(platform, token)
        signing_in.cancel()
        await asyncio.wait({signing_in})
    p50 = statistics.median(busy) / statistics.median(idle)
    p99 = percentile(busy, 0.99) / percentile(idle, 0.99)
    figure = f"p50 x {p50:.1f}, p99 x {p99:.1f}"
    good = p50 <= 1.5 and p99 <= 5
    row(9, "others' requests while people sign in", figure, "≤ 1.5, ≤ 5", reached=good)
    idle_ms, busy_ms = (
        f"{statistics.median(each):.1f}/{percentile(each, 0.99):.1f}" for each in (idle, busy)
    )
    print(f"       p50/p99 ms alone {idle_ms}, meanwhile {busy_ms}")
    return good


async def _probe(platform: Platform, token: str) -> list[float]:
    name, port = platform.gateway
    headers = {"Authorization": f"Bearer {token}"}
    took = []
    async with httpx2.AsyncClient(base_url=f"http://{name}:{port}", headers=headers) as client:
        for _ in range(PROBES // 3):
            began = time.perf_counter()
            (await client.get("/api/v1/users/me")).raise_for_status()
            took.append((time.perf_counter() - began) * 1e3)
            await asyncio.sleep(PROBE_EVERY)
    return took


async def _again_and_again(send: Callable[[], Awaitable[float]]) -> None:
    while True:
        await send()


async def _signed_up(platform: Platform) -> tuple[list[str], str]:
    """People with one password, and an access token of one of them."""
    name, port = platform.gateway
    emails = [f"{uuid7().hex}@bench.test" for _ in range(LOGINS)]
    async with httpx2.AsyncClient(base_url=f"http://{name}:{port}/api/v1", timeout=30) as client:
        for email in emails:
            account = {"email": email, "password": PASSWORD, "full_name": "Ravi Bench"}
            (await client.post("/auth/register", json=account)).raise_for_status()
        answer = await client.post("/auth/login", json=json.loads(_credentials(emails[0])))
        token: str = answer.raise_for_status().json()["access_token"]
    return emails, token


def _credentials(email: str) -> bytes:
    return json.dumps({"email": email, "password": PASSWORD}).encode()
