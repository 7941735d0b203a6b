"""What waits in databases and queues, and what was given up."""

import urllib.error
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg.rows import TupleRow

from groundwork.broker import Management
from groundwork.databases import Address
from groundwork.services import SERVICES

# Quiet for longer than the broker's figures are old: what was between two places shows.
HOLDS_SECS = 3
QUIET_SECS = 120
_OUTBOX_SECS = 10
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


def is_quiet(address: Address, management: Management) -> bool:
    """Whether no event is on its way: outboxes, due deferred rows and queues are empty."""
    waiting = sum(one.outbox + one.due for one in list_backlogs(address))
    depths = management.queue_depths()
    depths.pop("docfliq.unrouted", None)
    return waiting == 0 and sum(depths.values()) == 0


def list_backlogs(address: Address) -> list[Backlog]:
    """What waits in each service's outbox and deferred table; services without tables have none."""
    backlogs = []
    for service in SERVICES:
        with psycopg.connect(address(service.database), connect_timeout=3) as connection:
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


def count_dead_letters(address: Address) -> int:
    """The letters on the desk that nobody has replayed or dropped yet."""
    with psycopg.connect(address("docfliq_notification"), connect_timeout=3) as connection:
        if not _holds(connection, "dead_letters"):
            return 0
        open_ones = "SELECT count(*) FROM dead_letters WHERE status = 'WAITING'"
        return int(connection.execute(open_ones).fetchall()[0][0])


def show_backlogs(address: Address) -> Iterator[str]:
    """Print what waits in each database; what needs somebody's attention is yielded."""
    print(f"\n{'database':<24}{'outbox':>8}{'oldest s':>10}{'parked':>8}{'deferred':>10}{'due':>6}")
    try:
        backlogs, letters = list_backlogs(address), count_dead_letters(address)
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
    if letters:
        yield f"{letters} dead letters wait on the desk"


def show_queues(management: Management) -> Iterator[str]:
    """Print how full the queues are; what needs somebody's attention is yielded."""
    try:
        depths = management.queue_depths()
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


def show_worries(worries: list[str]) -> int:
    """Print the last word of `make status`; its exit code."""
    print("\nall is well" if not worries else "\nneeds attention:")
    for worry in worries:
        print(f"  {worry}")
    return 1 if worries else 0
