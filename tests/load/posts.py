"""Rows 3 and 5: the community's feed and a new post, through the gateway, over a bare floor."""

import json
import os
import socket
from collections.abc import Sequence
from uuid import UUID

import httpx2
import psycopg
from tests.load.client import Door, request
from tests.load.dataset import BODY, fill_community
from tests.load.harness import Compared, Run, interleave, row
from tests.load.platform import Platform, floor

from servicekit.ids import uuid7

READERS = 16
READS = 1_000
WRITES = 256
POST = {"title": "Chest pain in a young patient", "body": BODY}
OURS, FLOOR = "ours", "floor"


async def measure_feed(platform: Platform) -> bool:
    """Print row 3. Returns whether its goal was reached."""
    readers = await signed_up(platform)
    await fill_community(platform.database("CONTENT"), list(readers))
    ours = _requests(platform, readers, "GET", "/api/v1/feed?limit=20", count=READS)
    bare = [request("GET", f"/feed?me={user}", host="floor") for user in readers]
    found = await _compare(platform, ours, bare * (READS // READERS), status=200)
    return _print(3, "community feed page, 20 items, liked flags", found, len(ours), goal=0.50)


async def measure_posts(platform: Platform) -> bool:
    """Print row 5. Returns whether its goal was reached, and each 201 left one outbox row."""
    readers = await signed_up(platform)
    await fill_community(platform.database("CONTENT"), list(readers))
    body = json.dumps({**POST, "status": "PUBLISHED"}).encode()
    ours = _requests(platform, readers, "POST", "/api/v1/cms/posts", count=WRITES, body=body)
    plain = json.dumps(POST).encode()
    bare = [request("POST", f"/posts?me={user}", host="floor", body=plain) for user in readers]
    # While nobody relays, the rows stay where they can be counted.
    async with platform.without("content-service-worker"):
        found = await _compare(platform, ours, bare * (WRITES // READERS), status=201)
        exact = await _one_row_for_each(platform, ours)
    good = _print(5, "create post + outbox", found, len(ours), goal=0.45)
    row(5, "outbox rows for each 201", f"{exact:.3f}", "= 1", reached=exact == 1)
    return good and exact == 1


async def signed_up(platform: Platform) -> dict[UUID, str]:
    """People who signed up through the gateway: id and access token."""
    name, port = platform.gateway
    people: dict[UUID, str] = {}
    async with httpx2.AsyncClient(base_url=f"http://{name}:{port}/api/v1", timeout=30) as client:
        for _ in range(READERS):
            account = {
                "email": f"{uuid7().hex}@bench.test",
                "password": uuid7().hex,
                "full_name": "Ravi Bench",
                "specialty": "cardiology",
            }
            answer = await client.post("/auth/register", json=account)
            answer.raise_for_status()
            made = answer.json()
            people[UUID(made["user"]["id"])] = made["tokens"]["access_token"]
    return people


def _requests(
    platform: Platform,
    readers: dict[UUID, str],
    method: str,
    path: str,
    *,
    count: int,
    body: bytes = b"",
) -> list[bytes]:
    name, port = platform.gateway
    host = f"{name}:{port}"
    each = [request(method, path, host=host, token=it, body=body) for it in readers.values()]
    return each * (count // READERS)


async def _compare(
    platform: Platform, ours: Sequence[bytes], bare: Sequence[bytes], *, status: int
) -> Compared:
    pids, (_, port) = platform.pids, platform.gateway
    bare_port = _free_port()
    groups = {
        "gateway": pids["nginx"],
        "service": pids["content-service"],
        "database": pids["postgres"],
        "load": os.getpid(),
    }
    with floor(platform.database("CONTENT"), bare_port) as floor_pid:
        variants: dict[str, Run] = {
            FLOOR: lambda: Door("127.0.0.1", bare_port, status).send(bare),
            OURS: lambda: Door("127.0.0.1", port, status).send(ours),
        }
        return await interleave(variants, {**groups, "floor": floor_pid})


def _print(number: int, what: str, found: Compared, count: int, *, goal: float) -> bool:
    ratio, rates = found.ratios[OURS], {name: count / took for name, took in found.seconds.items()}
    figure = f"{ratio:.2f} ({rates[OURS]:.0f}/s of {rates[FLOOR]:.0f}/s)"
    row(number, what, figure, f"≥ {goal:.2f}", reached=ratio >= goal)
    for name in (OURS, FLOOR):
        used = {group: each / count * 1e6 for group, each in found.cpu[name].items()}
        used["load"] -= used["floor"]  # the floor is a child of this process
        spent = ", ".join(f"{group} {micros:.0f}" for group, micros in used.items() if micros >= 1)
        print(f"       CPU µs a request, {name}: {spent}")
    return ratio >= goal


async def _one_row_for_each(platform: Platform, ours: Sequence[bytes]) -> float:
    """Send once more, and count what came into the outbox for each 201."""
    _, port = platform.gateway
    database = platform.database("CONTENT")
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        await connection.execute("DELETE FROM outbox")
        await Door("127.0.0.1", port, 201).send(ours)
        counted = await connection.execute(
            "SELECT count(DISTINCT p.id), count(*) FROM outbox o "
            "JOIN posts p ON o.aggregate = 'post/' || p.id WHERE o.type = 'post.published'"
        )
        [distinct, rows] = await counted.fetchone() or (0, 0)
        [left] = await (await connection.execute("SELECT count(*) FROM outbox")).fetchone() or (0,)
        await connection.execute("DELETE FROM outbox")
    return rows / len(ours) if distinct == rows == left else 0.0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
