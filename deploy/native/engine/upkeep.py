"""The smaller commands: logs, reset, one service in the foreground, a module with our settings."""

import os
import subprocess

from groundwork.services import service_named
from groundwork.waiting import Progress, Refused

from engine.platform import Wish, remove_data, start_platform, stop
from engine.processes import find_processes
from engine.programs import PYTHON, api
from engine.stack import ROOT, Stack, tool
from engine.supervisor import Supervisor


def follow_logs(stack: Stack, name: str | None) -> int:
    """Print the end of the logs and what is added, until interrupted."""
    found = sorted(stack.log.glob(f"{name}*.log" if name else "*.log"))
    if not found:
        known = ", ".join(sorted(path.stem for path in stack.log.glob("*.log"))) or "none yet"
        raise Refused(f"there is no log of {name or 'anything'}; there are: {known}")
    command = [tool("tail"), "--lines=20", "--follow=name", "--retry", *map(str, found)]
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 0


def reset(stack: Stack, progress: Progress) -> None:
    """Remove all data. What ran is started again, empty."""
    ran = bool(find_processes(stack.home))
    stop(stack, progress)
    remove_data(stack)
    progress.say("the data are gone")
    if ran:
        start_platform(stack, Wish(), progress)


def run_in_foreground(stack: Stack, name: str) -> int:
    """Run a service's API here with --reload; the supervised one rests meanwhile."""
    try:
        service = service_named(name)
    except KeyError:
        raise Refused(f"there is no service {name}") from None
    if not service.has_api:
        raise Refused(f"{name} has no API; follow its log instead: make logs service={name}")
    program = api(stack, service)
    supervisor = Supervisor(stack)
    if not supervisor.answers():
        raise Refused("start the platform first: make up")
    supervisor.stop([program.name])
    sources = [
        word
        for folder in (service.name, "servicekit", "contracts")
        for word in ("--reload-dir", str(ROOT / folder / "src"))
    ]
    environment = stack.subprocess_env(**program.environment)
    try:
        command = [*program.command, "--reload", *sources]
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0
    finally:
        supervisor.restart([program.name])


def run_module(stack: Stack, words: list[str]) -> int:
    """Become `python -m …` with every setting of the platform. Does not return."""
    os.chdir(ROOT)
    os.execve(PYTHON, [str(PYTHON), "-m", *words], stack.subprocess_env())  # noqa: S606 - our own
