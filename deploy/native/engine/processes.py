"""Finding and ending the processes of a stack that no supervisor knows any more."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Servers overwrite their environment with their title; their folder and command line remain.
_SERVERS = frozenset(
    (
        "postgres",
        "redis-server",
        "beam.smp",
        "epmd",
        "nginx",
        "erl_child_setup",
        "inet_gethost",
        "supervisord",
    )
)
_FOLDERS = ("postgres", "redis", "rabbitmq", "nginx", "supervisord.conf")


@dataclass(frozen=True)
class Process:
    """A running process: its id, when it was started (an id may be used again), its words."""

    pid: int
    name: str
    started: str
    command: str


def find_processes(home: Path, proc: Path = Path("/proc")) -> list[Process]:
    """Every process of the stack: by the marker in its environment, or a server's folder."""
    return [
        process
        for folder in proc.glob("[0-9]*")
        if int(folder.name) != os.getpid() and (process := _look(folder, home)) is not None
    ]


def _look(folder: Path, home: Path) -> Process | None:
    try:
        environment = (folder / "environ").read_bytes().split(b"\0")
        words = (folder / "cmdline").read_bytes().split(b"\0")
        # The name may hold spaces and parentheses: what follows the last one is fixed (proc(5)).
        stat = (folder / "stat").read_text().rpartition(")")[2].split()
        name = (folder / "comm").read_text().strip()
        cwd = str((folder / "cwd").readlink())
    except OSError:  # gone meanwhile, or another user's
        return None
    if stat[0] == "Z":
        return None
    ours = f"DOCFLIQ_STACK={home}".encode() in environment
    if not ours and name in _SERVERS:
        command = b" ".join(words).decode(errors="replace")
        ours = any(_stands_in(home / part, cwd, command) for part in _FOLDERS)
    if not ours:
        return None
    return Process(
        int(folder.name), name, stat[19], b" ".join(words).decode(errors="replace").strip()[:120]
    )


def _stands_in(place: Path, cwd: str, command: str) -> bool:
    inside = f"{place}/"
    return f"{cwd}/".startswith(inside) or any(
        word == str(place) or word.startswith(inside) for word in command.split()
    )


def end_processes(home: Path, *, patience: float = 15) -> list[Process]:
    """End every process of the stack, first politely, then for good. Returns what was found."""
    found = find_processes(home)
    _signal(found, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while (left := find_processes(home)) and time.monotonic() < deadline:
        time.sleep(0.1)
    _signal(left, signal.SIGKILL)
    while find_processes(home) and time.monotonic() < deadline + 5:
        time.sleep(0.05)
    return found


def release_ports(home: Path, *, patience: float = 1) -> None:
    """Ask nginx's processes of the stack to close their ports and leave when they are done."""
    old = [each for each in find_processes(home) if each.name == "nginx"]
    _signal(old, signal.SIGQUIT)
    deadline = time.monotonic() + patience
    while list(_still_the_same(old)) and time.monotonic() < deadline:
        time.sleep(0.02)


def _signal(processes: list[Process], number: signal.Signals) -> None:
    for process in _still_the_same(processes):
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            continue


def _still_the_same(processes: list[Process]) -> Iterator[Process]:
    for process in processes:
        try:
            stat = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if stat[19] == process.started:
            yield process
