"""`make bench`: the rows of the table of figures that exist so far, or those named as arguments."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable

from tests.load import events

from servicekit.testing.servers import Servers, root_of_checkout

STACK = ".stack/bench"
Row = Callable[[Servers, dict[str, int]], Awaitable[bool]]

ROWS: dict[int, Row] = {11: events.measure}
"""A row measures and prints itself; it is given the servers and their process ids."""


def servers(command: str) -> str:
    """Start servers of our own, or end them; what was printed."""
    line = [sys.executable, "deploy/native/servers.py", command, "--stack", STACK, "--json"]
    ended = subprocess.run(line, cwd=root_of_checkout(), check=True, capture_output=True, text=True)
    return ended.stdout


def main(wanted: list[int]) -> int:
    """Run the rows. The exit code tells whether every goal was reached."""
    found = json.loads(servers("up"))
    try:
        addresses = {name: found[name] for name in ("postgres", "broker", "management", "redis")}
        good = [asyncio.run(ROWS[number](Servers(**addresses), found["pids"])) for number in wanted]
    finally:
        servers("down")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main([int(number) for number in sys.argv[1:]] or sorted(ROWS)))
