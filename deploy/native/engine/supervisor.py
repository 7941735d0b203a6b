"""Talking to a stack's supervisord: starting it, telling it of programs, ending it."""

import subprocess
import time
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from groundwork import envfiles
from groundwork.waiting import Refused

from engine.programs import PYTHON, Program, configuration
from engine.stack import Stack

_RUNNING = frozenset({"STARTING", "RUNNING", "BACKOFF"})
_ALREADY_ADDED = 90
_ALREADY_STARTED = 60
_NOT_RUNNING = 70
# startProcess and stopProcess return at once.
_NO_WAIT = False


@dataclass(frozen=True)
class State:
    """What supervisord says of one program. `since` is unix time."""

    name: str
    status: str
    pid: int
    since: int
    description: str

    @property
    def alive(self) -> bool:
        """Whether supervisord keeps it running (it may be between two tries)."""
        return self.status in _RUNNING


class Supervisor:
    """The supervisord of one stack."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        password = stack.settings["DOCFLIQ_SUPERVISOR_PASSWORD"]
        port = stack.port("DOCFLIQ_SUPERVISOR_PORT")
        address = f"http://{envfiles.SUPERUSER}:{password}@127.0.0.1:{port}/RPC2"
        self._address = address

    def answers(self) -> bool:
        """Whether it is there, and ours: its password is."""
        try:
            return bool(self._call("getState")["statecode"] == 1)
        except (OSError, xmlrpc.client.ProtocolError):
            return False

    def start(self) -> None:
        """Start it as a daemon and wait until it answers; it begins with no program running."""
        conf = str(self._stack.home / "supervisord.conf")
        command = [str(PYTHON), "-m", "supervisor.supervisord", "-c", conf]
        ended = subprocess.run(
            command,
            cwd=self._stack.home,
            env=self._stack.subprocess_env(),
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode != 0:
            raise Refused(f"supervisord did not start:\n{ended.stdout}{ended.stderr}")
        deadline = time.monotonic() + 10
        while not self.answers():
            if time.monotonic() > deadline:
                raise Refused(f"supervisord does not answer; see {self._stack.log}/supervisord.log")
            time.sleep(0.05)

    def configure(self, programs: Sequence[Program]) -> None:
        """Write the configuration that names these programs."""
        text = configuration(self._stack, programs)
        envfiles.write_private(self._stack.home / "supervisord.conf", text)

    def apply(self, programs: Sequence[Program], *, forget: bool = True) -> list[str]:
        """Bring these programs to what the configuration says; the names that were (re)started.

        What is gone from the configuration is stopped, unless `forget` is False; what changed is
        stopped first; what runs unchanged is left alone.
        """
        [[_, changed, removed]] = self._call("reloadConfig")
        names = [program.name for program in programs]
        stale = [name for name in changed if name in names]
        gone = list(removed) if forget else []
        self.stop(stale + gone)
        for name in stale + gone:
            self._call("removeProcessGroup", name)
        for name in names:
            self._tolerating(_ALREADY_ADDED, "addProcessGroup", name)
        idle = [state.name for state in self.states() if state.name in names and not state.alive]
        for name in idle:
            self._tolerating(_ALREADY_STARTED, "startProcess", name, _NO_WAIT)
        return idle

    def states(self) -> list[State]:
        """What it says of every program that it knows."""
        answers = cast("list[dict[str, Any]]", self._call("getAllProcessInfo"))
        return [
            State(
                name=str(one["name"]),
                status=str(one["statename"]),
                pid=int(one["pid"]),
                since=int(one["start"]),
                description=str(one["description"]),
            )
            for one in answers
        ]

    def stop(self, names: Sequence[str]) -> None:
        """Stop these programs, all at once, and wait until the last is gone."""
        wanted = set(names)
        for state in self.states():
            if state.name in wanted and state.alive:
                self._tolerating(_NOT_RUNNING, "stopProcess", state.name, _NO_WAIT)
        while any(
            one.status in _RUNNING | {"STOPPING"} for one in self.states() if one.name in wanted
        ):
            time.sleep(0.1)

    def restart(self, names: Sequence[str]) -> None:
        """Stop and start these programs."""
        self.stop(names)
        for name in names:
            self._tolerating(_ALREADY_STARTED, "startProcess", name, _NO_WAIT)

    def shutdown(self) -> None:
        """Stop what still runs, then supervisord itself."""
        self._call("shutdown")

    def _call(self, method: str, *arguments: object) -> Any:
        with xmlrpc.client.ServerProxy(self._address) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)

    def _tolerating(self, fault_code: int, method: str, *arguments: object) -> None:
        """Call, and take one named fault for the state that was wanted."""
        try:
            self._call(method, *arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != fault_code:
                raise Refused(f"supervisord refused {arguments}: {fault.faultString}") from fault
