"""`make bench`: the rows of the table of figures that exist so far, or those named as arguments."""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence

import uvloop
from tests.load import events, logins, memory, platform, posts
from tests.load.platform import Platform

from servicekit.testing.servers import Servers, root_of_checkout

STACK = ".stack/bench"
# Memory comes first: after the others the platform has been at work.
ON_PLATFORM: dict[int, Callable[[Platform], Awaitable[bool]]] = {
    13: memory.measure,
    3: posts.measure_feed,
    5: posts.measure_posts,
    9: logins.measure,
}
ON_SERVERS: dict[int, Callable[[Servers, dict[str, int]], Awaitable[bool]]] = {11: events.measure}
"""A row measures and prints itself; it is given the servers and their process ids."""


def main(arguments: Sequence[str]) -> int:
    """Run the rows. The exit code tells whether every goal was reached."""
    known = sorted({*ON_PLATFORM, *ON_SERVERS})
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("rows", type=int, nargs="*", help="all if none")
    parser.add_argument("--keep", action="store_true", help="leave the platform running")
    given = parser.parse_args(arguments)
    wanted = given.rows or known
    good = _on_platform([one for one in ON_PLATFORM if one in wanted], keep=given.keep)
    good += _on_servers([one for one in ON_SERVERS if one in wanted])
    return 0 if all(good) else 1


def _on_platform(wanted: Sequence[int], *, keep: bool) -> list[bool]:
    if not wanted:
        return []
    with platform.running(keep=keep) as found:
        return [asyncio.run(_measured(ON_PLATFORM[number](found))) for number in wanted]


def _on_servers(wanted: Sequence[int]) -> list[bool]:
    if not wanted:
        return []
    found = json.loads(_servers("up"))
    try:
        addresses = {name: found[name] for name in ("postgres", "broker", "management", "redis")}
        servers = Servers(**addresses)
        return [  # on the loop of a worker, as this runs parts of one
            uvloop.run(_measured(ON_SERVERS[number](servers, found["pids"]))) for number in wanted
        ]
    finally:
        _servers("down")


async def _measured(row: Awaitable[bool]) -> bool:
    return await row


def _servers(command: str) -> str:
    """Start servers of our own, or end them; what was printed."""
    line = [sys.executable, "deploy/native/servers.py", command, "--stack", STACK, "--json"]
    ended = subprocess.run(line, cwd=root_of_checkout(), check=True, capture_output=True, text=True)
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
