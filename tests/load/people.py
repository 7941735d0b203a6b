"""Looking people up among a hundred thousand, and suggestions for who follows two thousand."""

import asyncio
import os
import time
from typing import Any

import httpx2
import psycopg
from tests.load.harness import percentile, row
from tests.load.platform import Platform

from servicekit.ids import uuid7

ROUNDS = 100
WARMING = 30
WISHES: list[dict[str, str]] = [
    {"q": "kumar"},
    {"q": "k"},
    {"q": "person99999"},
    {"q": "nobody"},
    {"q": "kumar person5"},
    {"q": "kumar rao"},
    {"q": "specialty 3"},
    {"specialty": "Specialty 3"},
    {"q": "kumar", "specialty": "Specialty 4"},
    {"q": "kumar", "specialty": "Specialty 3"},
    {},
]
CROWD = """
INSERT INTO users (id, email, email_key, password_hash, role, origin, created_at, version,
                   specialty, full_name, interests, languages, privacy)
SELECT gen_random_uuid(), n || '@crowd.test', n || '@crowd.test', '', 'student', 'REGISTERED',
       now(), 1, 'Specialty ' || n % 40,
       'Person' || n || (ARRAY[' Kumar', ' Rao', ' Sheikh', ' Nair'])[1 + n % 4], '[]', '[]', '{}'
  FROM generate_series(1, 100000) n
ON CONFLICT DO NOTHING;
CREATE TEMPORARY TABLE crowd ON COMMIT DROP AS
SELECT id, row_number() OVER (ORDER BY id) AS n FROM users WHERE email_key LIKE '%@crowd.test'
 LIMIT 20000;
INSERT INTO follows (id, follower_id, followee_id, status, version, followed_at)
SELECT gen_random_uuid(), me.id, crowd.id, 'FOLLOWING', 1, now()
  FROM crowd, users me WHERE crowd.n <= 2000 AND me.email_key = '@me@';
INSERT INTO follows (id, follower_id, followee_id, status, version, followed_at)
SELECT gen_random_uuid(), a.id, b.id, 'FOLLOWING', 1, now()
  FROM crowd a CROSS JOIN generate_series(1, 100) k
  JOIN crowd b ON b.n = 1 + (a.n * 7919 + k * 104729 + k * k * 31) % 20000
 WHERE a.n <= 2000 AND a.id <> b.id
ON CONFLICT DO NOTHING;
"""


async def measure(platform: Platform) -> bool:
    """Print two rows. Returns whether their goals were reached."""
    name, port = platform.gateway
    email = f"{uuid7().hex}@bench.test"
    account = {"email": email, "password": uuid7().hex, "full_name": "Ravi Bench"}
    async with httpx2.AsyncClient(base_url=f"http://{name}:{port}/api/v1", timeout=30) as client:
        made = await client.post("/auth/register", json={**account, "specialty": "Specialty 7"})
        token = made.raise_for_status().json()["tokens"]["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        await _fill(platform.database("AUTH"), email)

        searched = {str(wish): await _times(client, "/profile/search", wish) for wish in WISHES}
        suggested = await _times(client, "/social/me/suggestions", {})
    slowest = max(searched, key=lambda wish: percentile(searched[wish], 0.99))
    good = _print("people search, 100 000 profiles", searched[slowest], goal_ms=50)
    print(f"       the slowest of {len(WISHES)} kinds: {slowest}")
    return _print("suggestions, 2 000 followed", suggested, goal_ms=100) and good


def _print(what: str, took_ms: list[float], *, goal_ms: int) -> bool:
    p99 = percentile(took_ms, 0.99)
    figure = f"p50 {percentile(took_ms, 0.5):.0f}, p99 {p99:.0f} ms"
    row(9, what, figure, f"p99 ≤ {goal_ms}", reached=p99 <= goal_ms)
    return p99 <= goal_ms


async def _fill(database: str, email: str) -> None:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        async with connection.transaction():
            await connection.execute(CROWD.replace("@me@", email).encode())
        await connection.execute("VACUUM ANALYZE users")
        await connection.execute("VACUUM ANALYZE follows")
    # A hundred thousand people who come at once are still being written for seconds.
    await asyncio.to_thread(os.sync)


async def _times(client: httpx2.AsyncClient, path: str, wish: dict[str, Any]) -> list[float]:
    # All at once, so that each connection of the service has answered before.
    await asyncio.gather(*(client.get(path, params=wish) for _ in range(WARMING)))
    took_ms = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        (await client.get(path, params=wish)).raise_for_status()
        took_ms.append((time.perf_counter() - began) * 1e3)
    return took_ms
