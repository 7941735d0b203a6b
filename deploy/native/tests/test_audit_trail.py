"""The audit trail is out of reach of the service that adds to it, also after a restore."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from engine.backup import _dump, _postgres_tool
from engine.platform import start_servers, stop
from engine.provisioning import migrate, provision_databases, seal_audit_trail
from engine.stack import ROOT, Stack, open_stack
from engine.waiting import Quiet
from groundwork.databases import AUDIT_OWNER, AUDITED_SERVICE

NOTIFICATION = frozenset({"notification-service"})
ENTRY = (
    "INSERT INTO audit_entries (number, event_id, action, resource_type, resource_id, outcome,"
    " details, happened_at, recorded_at, previous_hash, hash) VALUES"
    " (1, gen_random_uuid(), 'a.b', 'c', gen_random_uuid(), 'DONE', '{}', now(), now(), '', '')"
)
CIRCUMSTANCE = "INSERT INTO audit_circumstances (number, salt) VALUES (1, '')"
REFUSED = (
    "UPDATE audit_entries SET action = 'x'",
    "DELETE FROM audit_entries",
    "TRUNCATE audit_entries",
    "DROP TABLE audit_entries",
    "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
    "ALTER TABLE audit_entries OWNER TO docfliq_notification",
    "DELETE FROM audit_anchors",
    "UPDATE audit_circumstances SET address = 'x'",
    "CREATE OR REPLACE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE sql AS ''",
    "DROP SCHEMA public CASCADE",
    f"SET ROLE {AUDIT_OWNER}",
    "SET session_replication_role = replica",
)


@pytest.fixture
def stack() -> Iterator[Stack]:
    stack = open_stack(ROOT / ".stack" / f"audit-{os.getpid()}")
    start_servers(stack, Quiet(), only=frozenset({"postgres"}))
    provision_databases(stack)
    migrate(stack, NOTIFICATION)
    seal_audit_trail(stack)
    yield stack
    stop(stack, Quiet())
    shutil.rmtree(stack.home)


def as_the_service(stack: Stack) -> psycopg.Connection[tuple[object, ...]]:
    port, password = (
        stack.port("DOCFLIQ_POSTGRES_PORT"),
        stack.settings["NOTIFICATION_DATABASE_PASSWORD"],
    )
    address = f"postgresql://{AUDITED_SERVICE}:{password}@127.0.0.1:{port}/{AUDITED_SERVICE}"
    return psycopg.connect(address, autocommit=True)


def left_of(stack: Stack) -> tuple[object, ...] | None:
    with as_the_service(stack) as connection:
        # No error, but a warning that nothing was granted.
        connection.execute(f"GRANT ALL ON audit_entries TO {AUDITED_SERVICE}")
        for statement in REFUSED:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
        return connection.execute("SELECT number, action FROM audit_entries").fetchone()


def test_the_service_adds_reads_and_forgets_what_is_personal_and_nothing_else(
    stack: Stack, tmp_path: Path
) -> None:
    with as_the_service(stack) as connection:
        connection.execute(ENTRY)
        connection.execute(CIRCUMSTANCE)
        connection.execute("DELETE FROM audit_circumstances")
    assert left_of(stack) == (1, "a.b")

    # Migrations and everything else of the next start change nothing of it.
    provision_databases(stack)
    migrate(stack, NOTIFICATION)
    seal_audit_trail(stack)
    assert left_of(stack) == (1, "a.b")

    _dump(stack, AUDITED_SERVICE, tmp_path)
    dump = str(tmp_path / f"{AUDITED_SERVICE}.dump")
    options = ("--exit-on-error", "--single-transaction", "--clean", "--if-exists")
    _postgres_tool(stack, "pg_restore", *options, f"--dbname={AUDITED_SERVICE}", dump)
    assert left_of(stack) == (1, "a.b")
