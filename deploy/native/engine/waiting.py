"""Waiting until programs are ready, telling the person what is awaited."""

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from groundwork.waiting import POLL_SECS, Progress, Refused
from typing_extensions import override

from engine.programs import Program
from engine.stack import Stack

# Nothing on loopback is reached through a proxy.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Quiet(Progress):
    """No lines: the caller wants standard output for something else."""

    @override
    def say(self, text: str) -> None:
        """Say nothing."""


def is_open(port: int) -> bool:
    """Whether somebody accepts connections on that port of loopback."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def answers_ok(url: str) -> bool:
    """Whether a GET is answered 2xx within two seconds."""
    try:
        with _opener.open(url, timeout=2) as answer:
            return 200 <= int(answer.status) < 300
    except (OSError, urllib.error.URLError):
        return False


def is_ready(program: Program) -> bool:
    """Whether the program does what it is there for."""
    if program.ready_url is not None:
        return answers_ok(program.ready_url)
    return all(is_open(port) for port in program.ports.values())


def wait_ready(
    stack: Stack,
    programs: Sequence[Program],
    progress: Progress,
    *,
    within: float,
    crashing: Callable[[], set[str]] = set,
) -> None:
    """Wait until all are ready, naming each as it comes. Raises Refused with a late one's log.

    What `crashing` names is given up after a third of the time.
    """
    waiting = list(programs)
    began = time.monotonic()
    while waiting:
        for program in [each for each in waiting if is_ready(each)]:
            waiting.remove(program)
            progress.say(f"{program.name} is ready")
        waited = time.monotonic() - began
        late = [each.name for each in waiting] if waited > within else []
        if within / 3 < waited < within:
            late = [each.name for each in waiting if each.name in crashing()]
        if late:
            log = stack.log / f"{late[0]}.log"
            names = ", ".join(late)
            raise Refused(
                f"not ready after {waited:.0f} s: {names}\nThe end of {log}:\n{tail_of(log)}"
            )
        if waiting:
            time.sleep(POLL_SECS)


def tail_of(log: Path, lines: int = 30) -> str:
    """The last lines of a log; empty if there is none."""
    if not log.exists():
        return "(no log yet)"
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 64 * 1024))
        return "\n".join(stream.read().decode(errors="replace").splitlines()[-lines:])
