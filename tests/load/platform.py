"""The whole platform as a row of the table meets it: addresses, databases, processes."""

import contextlib
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from servicekit.testing.servers import root_of_checkout

STACK = ".stack/bench-platform"
# One address asks for everything, and no page may come from the gateway's memory.
SETTINGS = {
    "DOCFLIQ_GATEWAY_RATE": "0",
    "DOCFLIQ_ADDRESS_LIMITS": "0",
    "DOCFLIQ_GATEWAY_MICRO_CACHE": "off",
}


@dataclass(frozen=True)
class Platform:
    """A running platform and its settings."""

    home: Path
    settings: dict[str, str]

    @property
    def gateway(self) -> tuple[str, int]:
        """Name and port of the gateway."""
        return "localhost", int(self.settings["DOCFLIQ_GATEWAY_PORT"])

    def database(self, prefix: str) -> str:
        """The address of a service's database."""
        return self.settings[f"{prefix}_DATABASE_URL"]

    @property
    def supervisor_pid(self) -> int:
        """The process that every other descends from."""
        return int((self.home / "supervisord.pid").read_text())

    @property
    def pids(self) -> dict[str, int]:
        """Process ids by the supervisor's names."""
        return {one["name"]: one["pid"] for one in self._ask("getAllProcessInfo")}

    @contextlib.asynccontextmanager
    async def without(self, program: str) -> AsyncIterator[None]:
        """Let a program rest meanwhile."""
        self._ask("stopProcess", program)
        try:
            yield
        finally:
            self._ask("startProcess", program)

    def _ask(self, method: str, *arguments: str) -> Any:
        port = self.settings["DOCFLIQ_SUPERVISOR_PORT"]
        password = self.settings["DOCFLIQ_SUPERVISOR_PASSWORD"]
        address = f"http://docfliq_admin:{password}@127.0.0.1:{port}/RPC2"
        with xmlrpc.client.ServerProxy(address) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)


@contextlib.contextmanager
def running(stack: str = STACK, *, keep: bool = False) -> Iterator[Platform]:
    """Start a platform of our own; end it afterwards unless it is to be kept for the next time."""
    command = [sys.executable, "deploy/native/run.py", "--stack", stack]
    changes = [word for pair in SETTINGS.items() for word in ("--set", "=".join(pair))]
    root = root_of_checkout()
    home = (root / stack).resolve()
    try:
        subprocess.run([*command, "up", *changes], cwd=root, check=True, stdout=subprocess.DEVNULL)
        read = dotenv_values(home / "run.env")
        yield Platform(home, {name: value or "" for name, value in read.items()})
    finally:
        if not keep:
            line = [*command, "down"]
            subprocess.run(line, cwd=root, check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def floor(database: str, port: int) -> Iterator[int]:
    """The bare application in a process as our services have it; its process id."""
    line = [sys.executable, "-m", "tests.load.floor", database, str(port)]
    with subprocess.Popen(line, cwd=root_of_checkout()) as process:
        try:
            wait_for(port)
            yield process.pid
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    """Return when somebody listens. Raises TimeoutError after ten seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")
