"""The container's program: render, run nginx, and tell it when a service has other addresses.

    python gateway/follow.py --upstream=auth=auth-api:8001 …

Options are those of `render.py`; `--upstream` and `--also` may name hosts with any number of
addresses. nginx of Debian looks names up once, when it reads its configuration: here every name is
looked up each second, and a change is rendered and reloaded. A name that nobody knows keeps the
addresses it had, because a container that died is about to come back.
"""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import FrameType

from render import configuration, write
from settings import settings_from

PREFIX = Path("/tmp/nginx")  # noqa: S108 - the container's own tmpfs
OWN = (
    f"--prefix={PREFIX}",
    f"--maintenance-file={PREFIX}/maintenance",
    "--problems=/gateway/problems-of-services.json",
)
NGINX = ("nginx", "-p", f"{PREFIX}/", "-c", f"{PREFIX}/nginx.conf", "-e", "stderr")
NAMED = ("--upstream=", "--also=")
# Nobody listens there: until a name is known, its requests are refused at once.
NOWHERE = "127.0.0.1:1"

Known = Mapping[str, tuple[str, ...]]


class Names:
    """Hosts and the addresses last seen of each."""

    def __init__(self, hosts: set[str]) -> None:
        self.known: dict[str, tuple[str, ...]] = dict.fromkeys(hosts, ())
        self._pool = ThreadPoolExecutor(max_workers=len(hosts) or 1)
        self._asked: dict[str, Future[tuple[str, ...]]] = {}

    def look(self) -> Known:
        """Ask for every name that is not being asked for; what has been answered by now."""
        for host in self.known:
            if host not in self._asked:
                self._asked[host] = self._pool.submit(addresses_of, host)
        for host, answer in list(self._asked.items()):
            if answer.done():
                self.known[host] = answer.result() or self.known[host]
                del self._asked[host]
        return dict(self.known)


def addresses_of(host: str) -> tuple[str, ...]:
    """The host's IPv4 addresses in a fixed order; none if nobody knows it."""
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(sorted({str(each[4][0]) for each in found}))


def hosts_in(arguments: list[str]) -> set[str]:
    """The hosts that the options name."""
    return {host for word in arguments for host, _ in _members(word)}


def with_addresses(arguments: list[str], known: Known) -> list[str]:
    """The same options with addresses in place of hosts."""
    return [_replaced(word, known) if word.startswith(NAMED) else word for word in arguments]


def _members(word: str) -> list[tuple[str, str]]:
    """(host, port) of each member that `--upstream=name=host:port,host:port` names."""
    if not word.startswith(NAMED):
        return []
    members = word.split("=", 2)[2].split(",")
    return [(host, port) for host, _, port in (each.rpartition(":") for each in members)]


def _replaced(word: str, known: Known) -> str:
    option, name, _ = word.split("=", 2)
    members = [
        f"{address}:{port}" for host, port in _members(word) for address in known.get(host, ())
    ]
    return f"{option}={name}={','.join(members) or NOWHERE}"


def main(arguments: list[str]) -> int:
    """Run until nginx ends or somebody says so; nginx's exit code."""
    names = Names(hosts_in(arguments))
    known = names.look()
    write(settings_from([*OWN, *with_addresses(arguments, known)], described_by=__doc__ or ""))
    nginx = subprocess.Popen([*NGINX, "-g", "daemon off;"])  # noqa: S603 - our own words

    def end(_: int, __: FrameType | None) -> None:
        nginx.send_signal(signal.SIGQUIT)  # requests under way are finished

    for each in (signal.SIGQUIT, signal.SIGTERM, signal.SIGINT):
        signal.signal(each, end)
    while nginx.poll() is None:
        time.sleep(1)
        fresh = names.look()
        if fresh != known:
            known = fresh
            settings = settings_from([*OWN, *with_addresses(arguments, known)])
            settings.out.write_text(configuration(settings))
            nginx.send_signal(signal.SIGHUP)
    return nginx.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
