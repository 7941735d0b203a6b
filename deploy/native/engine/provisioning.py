"""What stands in the servers before the services start: roles, rights, queues, tables."""

import json
import subprocess

import psycopg
from groundwork import databases, envfiles
from groundwork.broker import fill_passwords
from groundwork.services import SERVICES
from groundwork.waiting import Refused, wait_for

from engine.programs import PYTHON
from engine.stack import ROOT, Stack


def provision_databases(stack: Stack) -> None:
    """Make each service's role and database and set their limits and passwords."""
    wait_for(lambda: _postgres_answers(stack), within=60, what="PostgreSQL does not answer")
    databases.provision_databases(stack.superuser_url, stack.settings)


def _postgres_answers(stack: Stack) -> bool:
    try:
        with psycopg.connect(envfiles.superuser_url(stack.settings), connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def migrate(stack: Stack, only: frozenset[str] = frozenset()) -> None:
    """Bring the services' tables up to date, in one process; all of them, or those in `only`."""
    wanted = [service.name for service in SERVICES if not only or service.name in only]
    if not wanted:
        return
    log = stack.log / "migrate.log"
    with log.open("w") as stream:
        ended = subprocess.run(
            [
                *(str(PYTHON), "-m", "servicekit.migrate"),
                *(word for name in wanted for word in ("--service", name)),
            ],
            cwd=ROOT,
            env=stack.subprocess_env(),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if ended.returncode != 0:
        raise Refused(f"the migrations failed; {log} ends:\n{log.read_text()[-4000:]}")


def seal_audit_trail(stack: Stack) -> None:
    """Let nobody but a superuser change the audit trail; after the migrations."""
    databases.seal_audit_trail(stack.superuser_url)


def provision_broker(stack: Stack) -> None:
    """Give the broker the definitions that the code generates, passwords filled in."""
    definitions = stack.home / "broker-definitions.json"
    generated = subprocess.run(
        [str(PYTHON), "-m", "servicekit.topology", "definitions"],
        cwd=ROOT,
        env=stack.subprocess_env(),
        capture_output=True,
        text=True,
        check=False,
    )
    if generated.returncode != 0:
        raise Refused(f"servicekit.topology failed:\n{generated.stderr[-4000:]}")
    filled = fill_passwords(json.loads(generated.stdout), stack.settings)
    envfiles.write_private(definitions, json.dumps(filled, indent=1))
    wait_for_broker(stack)
    stack.management.ask("/api/definitions", filled)


def wait_for_broker(stack: Stack) -> None:
    """Wait until the broker's management API shows our virtual host running."""
    wait_for(stack.management.runs, within=90, what="RabbitMQ does not answer")
