"""How the platform is: its processes, its queues, what waits and what was given up."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from groundwork.backlogs import show_backlogs, show_queues, show_worries
from groundwork.waiting import span

from engine.stack import Stack
from engine.supervisor import State, Supervisor

# Three deaths in five minutes are no accident.
_LOOP_DEATHS, _LOOP_SECS = 3, 300
_DEATH = re.compile(r"^(\S+ \S+?),\d+ \S+ (?:exited: (\S+) |gave up: (\S+) )")


def show_status(stack: Stack) -> int:
    """Print it; 0 only if every program runs and nothing is stuck."""
    supervisor = Supervisor(stack)
    if not supervisor.answers():
        print("nothing runs here; make up starts it")
        return 1
    worries = [
        *_show_processes(supervisor.states(), deaths_in(_supervisor_log(stack))),
        *show_backlogs(stack.superuser_url),
        *show_queues(stack.management),
    ]
    return show_worries(worries)


def _supervisor_log(stack: Stack) -> str:
    log = stack.log / "supervisord.log"
    return log.read_text(errors="replace") if log.exists() else ""


def deaths_in(log: str) -> dict[str, list[float]]:
    """When (unix time) each program died by itself since supervisord started last."""
    deaths: dict[str, list[float]] = {}
    for line in log.splitlines():
        if "supervisord started with pid" in line:
            deaths.clear()
        found = _DEATH.match(line)
        if found:
            # supervisord was started in UTC.
            moment = datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
            deaths.setdefault(found[2] or found[3], []).append(moment.timestamp())
    return deaths


def _show_processes(states: list[State], deaths: dict[str, list[float]]) -> Iterator[str]:
    print(f"{'process':<30}{'state':<10}{'pid':>8}{'uptime':>12}{'restarts':>10}")
    for state in states:
        died = deaths.get(state.name, [])
        uptime = span(time.time() - state.since) if state.status == "RUNNING" else "-"
        pid = state.pid or "-"
        print(f"{state.name:<30}{state.status.lower():<10}{pid:>8}{uptime:>12}{len(died):>10}")
        if state.status != "RUNNING" and (died or state.status != "STARTING"):
            yield f"{state.name} is {state.status.lower()} ({state.description})"
        if len([moment for moment in died if moment > time.time() - _LOOP_SECS]) >= _LOOP_DEATHS:
            yield f"{state.name} dies again and again: make logs service={state.name}"
