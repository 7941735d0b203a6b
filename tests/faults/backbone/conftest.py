"""Real servers that may be killed, real workers that are, and the checker of what must be true."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import create_engine, text

from contracts.course import EnrollmentCompleted
from servicekit.clock import now
from servicekit.database import new_metadata
from servicekit.ids import uuid7
from servicekit.messaging import record
from servicekit.testing.broker import new_vhost
from servicekit.testing.servers import Servers, root_of_checkout
from servicekit.testing.waiting import eventually

HERE = Path(__file__).parent
EFFECTS = (
    "CREATE TABLE effects (n bigserial, handler text, event_id uuid, subject text, version int)"
)
LETTERS = "CREATE TABLE letters (n bigserial, queue text, cause text, body bytea, headers text)"
QUEUE_FACTS = ("messages_ready", "messages_unacknowledged", "consumers")
MISSING = """
    SELECT h.handler, e.event_id, e.subject, e.version, i.handled_at
      FROM (SELECT DISTINCT handler FROM effects) h
     CROSS JOIN (SELECT DISTINCT event_id, subject, version FROM effects) e
      LEFT JOIN effects f ON f.handler = h.handler AND f.event_id = e.event_id
      LEFT JOIN inbox i ON i.event_id = e.event_id AND i.handler LIKE '%.' || h.handler
     WHERE f.n IS NULL LIMIT 20
"""
HANDLERS = ("keep", "keep_in_order", "keep_many", "crash")


@dataclass
class MortalServers:
    """PostgreSQL and RabbitMQ of these tests alone; supervisor starts again what is killed."""

    addresses: dict[str, Any]

    def kill(self, name: str) -> None:
        """SIGKILL to a server's process."""
        pid = mortal_servers("up")["pids"][name]
        os.kill(pid, signal.SIGKILL)


def mortal_servers(command: str) -> dict[str, Any]:
    """Start the servers, or find them running; or end them."""
    line = [
        sys.executable,
        "deploy/native/servers.py",
        command,
        "--stack",
        ".stack/faults",
        "--json",
    ]
    ended = subprocess.run(line, cwd=root_of_checkout(), check=True, capture_output=True, text=True)
    return dict(json.loads(ended.stdout)) if command == "up" else {}


@pytest.fixture(scope="session")
def mortals() -> Iterator[MortalServers]:
    """The servers of these tests."""
    yield MortalServers(mortal_servers("up"))
    mortal_servers("down")


@pytest.fixture(scope="session")
def seed() -> int:
    """What every random choice comes from; `DOCFLIQ_SEED` repeats a run."""
    chosen = int(os.environ.get("DOCFLIQ_SEED", random.SystemRandom().randrange(10**6)))  # noqa: TID251
    print(f"\nseed {chosen}: repeat with DOCFLIQ_SEED={chosen}")
    return chosen


@dataclass
class Field:
    """One service under fire: its database, its vhost, its workers, what it has said."""

    database: str
    broker: str
    logs: Path
    vhost: Any
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    versions: dict[UUID, int] = field(default_factory=dict)

    def start(self, **environment: Any) -> subprocess.Popen[bytes]:
        """One more worker."""
        variables = {
            "PATH": os.environ["PATH"],  # noqa: TID251
            "PROBE_DATABASE_URL": self.database,
            "PROBE_BROKER_URL": self.broker,
            "DOCFLIQ_STORAGE_SIGNING_KEY": "unused",
            "DOCFLIQ_RETRY_DELAYS": ",".join(["0.3"] * 20),
            "DOCFLIQ_ENV_FILE": "",
            **{name: str(value) for name, value in environment.items()},
        }
        with (self.logs / f"worker-{len(self.workers)}.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, str(HERE / "victim.py")], env=variables, stderr=log, stdout=log
            )
        self.workers.append(worker)
        return worker

    async def ready(self) -> None:
        """Start a worker; wait until its queues are bound, as the platform's definitions do."""
        self.start()

        async def bound() -> bool:
            bindings = self.vhost.call("GET", f"/bindings/{self.vhost.name}")
            ours = [one for one in bindings if one["source"] == "docfliq.events"]
            return bool(len(ours) == len(HANDLERS))

        await eventually(bound)

    def tell(self) -> None:
        """Print the end of every worker's log."""
        for log in sorted(self.logs.glob("worker-*.log")):
            print(f"--- {log.name}", log.read_text()[-3000:], sep="\n")

    def stop(self) -> None:
        """End every worker that lives."""
        for worker in self.workers:
            worker.kill()
            worker.wait()

    def say(self, count: int, *, aggregates: int = 10) -> None:
        """Commit `count` events over `aggregates` rows, a transaction for each round."""
        while len(self.versions) < aggregates:
            self.versions[uuid7()] = 0
        engine = create_engine(self.database.replace("postgresql:", "postgresql+psycopg:"))
        try:
            for start in range(0, count, aggregates):
                said = {
                    one: version + 1
                    for one, version in list(self.versions.items())[: count - start]
                }
                with engine.begin() as connection:
                    record(connection, [completion(one, version) for one, version in said.items()])
                self.versions |= said
        finally:
            engine.dispose()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What is committed."""
        with psycopg.connect(self.database, connect_timeout=3) as connection:
            return connection.execute(query.encode()).fetchall()

    async def comes_true(self, *, within: float, handlers: tuple[str, ...] = HANDLERS) -> None:
        """Everything said has its one effect in each handler; ordered ones in order."""
        wanted = sum(self.versions.values())

        async def done() -> bool:
            await asyncio.sleep(0.1)
            try:
                counts = dict(self.rows("SELECT handler, count(*) FROM effects GROUP BY 1"))
                left = self.rows("SELECT count(*) FROM outbox")[0][0]
            except psycopg.Error:
                return False
            return left == 0 and all(counts.get(name, 0) >= wanted for name in handlers)

        try:
            await eventually(done, within=within)
        except AssertionError:
            self.explain()
            raise
        finally:
            self.check(wanted, handlers)

    def explain(self) -> None:
        """Where what is missing may be."""
        for name, queue in self.vhost.queues().items():
            print(name, {key: queue.get(key) for key in QUEUE_FACTS})
        for table in ("outbox", "deferred"):
            print(table, self.rows(f"SELECT * FROM {table} LIMIT 5"))  # noqa: S608
        print("letters", self.rows("SELECT queue, cause FROM letters LIMIT 5"))
        print("missing", self.rows(MISSING))

    def check(self, wanted: int, handlers: tuple[str, ...] = HANDLERS) -> None:
        """Nothing lost, nothing twice, order kept, nothing left over."""
        found = self.rows("""SELECT handler, count(*)::int, count(DISTINCT event_id)::int
                               FROM effects GROUP BY 1 ORDER BY 1""")
        assert [row for row in found if row[0] in handlers] == [
            (name, wanted, wanted) for name in sorted(handlers)
        ]
        steps = self.rows("""SELECT subject, version, step FROM (
            SELECT subject, version, version - lag(version, 1, 0) OVER
                   (PARTITION BY subject ORDER BY n) AS step
              FROM effects WHERE handler = 'keep_in_order') s WHERE step <> 1""")
        assert steps == []
        assert self.rows("SELECT count(*)::int FROM deferred") == [(0,)]


def completion(enrollment_id: UUID, version: int) -> EnrollmentCompleted:
    """An event that says enough."""
    return EnrollmentCompleted(
        version=version,
        enrollment_id=enrollment_id,
        course_id=uuid7(),
        course_title="ECG basics",
        user_id=uuid7(),
        completed_at=now(),
    )


@pytest.fixture
async def field_of_fire(mortals: MortalServers, tmp_path: Path) -> AsyncIterator[Field]:
    """A database and a vhost with their tables and topology; workers end with the test."""
    addresses = mortals.addresses
    servers = Servers(**{n: addresses[n] for n in ("postgres", "broker", "management", "redis")})
    name = f"probe-{uuid7().hex}"
    database = servers.create_database(name)
    engine = create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        new_metadata().create_all(connection)
        connection.execute(text(EFFECTS))
        connection.execute(text(LETTERS))
        # The servers of tests forget the last commits of a crash; here a commit is a promise.
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = on'))
    engine.dispose()
    with new_vhost(servers.management, servers.broker, name) as vhost:
        made = Field(database, vhost.url, tmp_path, vhost)
        try:
            yield made
        finally:
            made.stop()
            made.tell()
    servers.drop_database(name)
