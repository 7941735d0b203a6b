"""How the platform is: its processes, its queues, what waits and what was given up."""

import re
import time
import urllib.error
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from psycopg.rows import TupleRow

from engine import envfiles
from engine.provisioning import ask_broker
from engine.services import SERVICES
from engine.stack import Stack
from engine.supervisor import State, Supervisor

# Three deaths in five minutes are no accident.
_LOOP_DEATHS, _LOOP_SECS = 3, 300
_OUTBOX_SECS = 10
_DEATH = re.compile(r"^(\S+ \S+?),\d+ \S+ (?:exited: (\S+) |gave up: (\S+) )")
_OWN_QUEUES = ("docfliq.dead", "docfliq.unrouted")


@dataclass(frozen=True)
class Backlog:
    """What waits in one service's database. Ages are seconds."""

    service: str
    outbox: int
    outbox_age: float
    parked: int
    deferred: int
    due: int


def show_status(stack: Stack) -> int:
    """Print it; 0 only if every program runs and nothing is stuck."""
    supervisor = Supervisor(stack)
    if not supervisor.answers():
        print("nothing runs here; make up starts it")
        return 1
    worries = [
        *_show_processes(supervisor.states(), deaths_in(_supervisor_log(stack))),
        *_show_backlogs(stack),
        *_show_queues(stack),
    ]
    print("\nall is well" if not worries else "\nneeds attention:")
    for worry in worries:
        print(f"  {worry}")
    return 1 if worries else 0


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
        uptime = _span(time.time() - state.since) if state.status == "RUNNING" else "-"
        pid = state.pid or "-"
        print(f"{state.name:<30}{state.status.lower():<10}{pid:>8}{uptime:>12}{len(died):>10}")
        if state.status != "RUNNING" and (died or state.status != "STARTING"):
            yield f"{state.name} is {state.status.lower()} ({state.description})"
        if len([moment for moment in died if moment > time.time() - _LOOP_SECS]) >= _LOOP_DEATHS:
            yield f"{state.name} dies again and again: make logs service={state.name}"


def _span(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _show_backlogs(stack: Stack) -> Iterator[str]:
    print(f"\n{'database':<24}{'outbox':>8}{'oldest s':>10}{'parked':>8}{'deferred':>10}{'due':>6}")
    try:
        backlogs = list_backlogs(stack)
    except psycopg.Error as trouble:
        yield f"PostgreSQL: {str(trouble).strip()}"
        return
    for one in backlogs:
        age = f"{one.outbox_age:.1f}"
        print(
            f"{one.service:<24}{one.outbox:>8}{age:>10}{one.parked:>8}{one.deferred:>10}{one.due:>6}"
        )
        if one.outbox_age > _OUTBOX_SECS:
            yield f"{one.service}: an event has waited in the outbox for {age} s"
        if one.parked:
            yield f"{one.service}: {one.parked} outbox rows are parked"
    if letters := count_dead_letters(stack):
        yield f"{letters} dead letters wait on the desk"


def list_backlogs(stack: Stack) -> list[Backlog]:
    """What waits in each service's outbox and deferred table; services without tables have none."""
    backlogs = []
    for service in SERVICES:
        url = envfiles.superuser_url(stack.settings, service.database)
        with psycopg.connect(url, connect_timeout=3) as connection:
            if _holds(connection, "outbox"):
                outbox = connection.execute(
                    "SELECT count(*) FILTER (WHERE parked_at IS NULL),"
                    " coalesce(extract(epoch FROM now() - min(created_at)"
                    " FILTER (WHERE parked_at IS NULL)), 0)::float, count(parked_at) FROM outbox"
                ).fetchall()
                deferred = connection.execute(
                    "SELECT count(*), count(*) FILTER (WHERE due <= now()) FROM deferred"
                ).fetchall()
                backlogs.append(Backlog(service.name, *outbox[0], *deferred[0]))
    return backlogs


def _holds(connection: psycopg.Connection[TupleRow], table: str) -> bool:
    return connection.execute("SELECT to_regclass(%s)", (table,)).fetchall() != [(None,)]


def count_dead_letters(stack: Stack) -> int:
    """The letters on the desk that nobody has replayed or dropped yet."""
    url = envfiles.superuser_url(stack.settings, "docfliq_notification")
    with psycopg.connect(url, connect_timeout=3) as connection:
        if not _holds(connection, "dead_letters"):
            return 0
        open_ones = "SELECT count(*) FROM dead_letters WHERE status = 'WAITING'"
        return int(connection.execute(open_ones).fetchall()[0][0])


def queue_depths(stack: Stack) -> dict[str, int]:
    """Messages in each queue, those on their way to a consumer included."""
    queues = ask_broker(stack, f"/api/queues/{envfiles.BROKER_VHOST}?columns=name,messages")
    return {queue["name"]: int(queue.get("messages", 0)) for queue in queues}


def _show_queues(stack: Stack) -> Iterator[str]:
    try:
        depths = queue_depths(stack)
    except (OSError, urllib.error.URLError) as trouble:
        yield f"RabbitMQ's management does not answer: {trouble}"
        return
    per_service = Counter({name.partition(".")[0]: 0 for name in depths if name not in _OWN_QUEUES})
    for name, messages in depths.items():
        if name not in _OWN_QUEUES:
            per_service[name.partition(".")[0]] += messages
    print(f"\n{'queues of':<32}{'queues':>8}{'messages':>10}")
    for service, messages in sorted(per_service.items()):
        count = len([name for name in depths if name.startswith(f"{service}.")])
        print(f"{service:<32}{count:>8}{messages:>10}")
    for name in _OWN_QUEUES:
        print(f"{name:<32}{1 if name in depths else 0:>8}{depths.get(name, 0):>10}")
    if depths.get("docfliq.unrouted"):
        yield f"{depths['docfliq.unrouted']} events found no listener (docfliq.unrouted)"
