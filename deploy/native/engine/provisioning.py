"""What stands in the servers before the services start: roles, rights, queues, tables."""

import base64
import json
import subprocess
import urllib.error
import urllib.request
from typing import Any

import psycopg
from psycopg import sql

from engine import envfiles
from engine.programs import PYTHON
from engine.services import SERVICES, Service
from engine.stack import ROOT, Refused, Stack
from engine.waiting import wait_for

EXTENSIONS = ("unaccent", "pg_trgm", "btree_gin", "btree_gist", "citext")
# A request that takes longer is lost anyway; migrations lift these for themselves.
ROLE_SETTINGS = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
}


def provision_databases(stack: Stack) -> None:
    """Make each service's role and database and set their limits and passwords."""
    settings = stack.settings
    wait_for(lambda: _postgres_answers(stack), within=60, what="PostgreSQL does not answer")
    with psycopg.connect(envfiles.superuser_url(settings), autocommit=True) as connection:
        for service in SERVICES:
            _provision_role(connection, service, settings[f"{service.prefix}_DATABASE_PASSWORD"])
    for service in SERVICES:
        url = envfiles.superuser_url(settings, service.database)
        with psycopg.connect(url, autocommit=True) as connection:
            for extension in EXTENSIONS:
                create = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}")
                connection.execute(create.format(sql.Identifier(extension)))


def _postgres_answers(stack: Stack) -> bool:
    try:
        with psycopg.connect(envfiles.superuser_url(stack.settings), connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def _provision_role(connection: psycopg.Connection[Any], service: Service, password: str) -> None:
    name = sql.Identifier(service.database)
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (service.database,))
    if known.fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(password)))
    for setting, value in ROLE_SETTINGS.items():
        statement = sql.SQL("ALTER ROLE {} SET {} = {}")
        connection.execute(statement.format(name, sql.Identifier(setting), sql.Literal(value)))

    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (service.database,))
    if known.fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))


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
    ask_broker(stack, "/api/definitions", filled)


def fill_passwords(definitions: dict[str, Any], settings: dict[str, str]) -> dict[str, Any]:
    """The definitions with each user's password. Raises Refused for a user nobody set."""
    prefixes = {service.name: service.prefix for service in SERVICES}
    users = []
    for user in definitions.get("users", []):
        if user["name"] not in prefixes:
            raise Refused(f"no setting holds the password of the broker's user {user['name']}")
        password = settings[f"{prefixes[user['name']]}_BROKER_PASSWORD"]
        users.append({"tags": "", **user, "password": password})
    return {**definitions, "users": users}


def wait_for_broker(stack: Stack) -> None:
    """Wait until the broker's management API shows our virtual host running."""
    wait_for(lambda: _broker_answers(stack), within=90, what="RabbitMQ does not answer")


def _broker_answers(stack: Stack) -> bool:
    try:
        answer = ask_broker(stack, f"/api/vhosts/{envfiles.BROKER_VHOST}")
    except (OSError, urllib.error.URLError):
        return False
    return "running" in answer.get("cluster_state", {}).values()


def ask_broker(stack: Stack, path: str, body: object = None) -> Any:
    """GET, or POST if there is a body, on the management API; the decoded answer or None."""
    settings = stack.settings
    login = f"{envfiles.SUPERUSER}:{settings['DOCFLIQ_BROKER_PASSWORD']}".encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{stack.port('DOCFLIQ_MANAGEMENT_PORT')}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Basic {base64.b64encode(login).decode()}",
            "Content-Type": "application/json",
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else None
