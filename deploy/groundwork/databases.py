"""What stands in PostgreSQL before the services start: a role and a database for each."""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

from groundwork.services import SERVICES, Service

EXTENSIONS = ("unaccent", "pg_trgm", "btree_gin", "btree_gist", "citext")
# A request that takes longer is lost anyway; migrations lift these for themselves.
ROLE_SETTINGS = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
}

# Nobody signs in as this role: it keeps the audit trail from the service that adds to it, which as
# the owner could lift its own limits.
AUDIT_OWNER = "docfliq_audit"
AUDITED_SERVICE = "docfliq_notification"
AUDIT_RIGHTS = {
    "audit_entries": "SELECT, INSERT",
    "audit_anchors": "SELECT, INSERT",
    "audit_circumstances": "SELECT, INSERT, DELETE",
}

# The superuser's address of a database.
Address = Callable[[str], str]


def provision_databases(address: Address, settings: dict[str, str]) -> None:
    """Make each service's role and database and set their limits and passwords."""
    with psycopg.connect(address("postgres"), autocommit=True) as connection:
        for service in SERVICES:
            _provision_role(connection, service, settings[f"{service.prefix}_DATABASE_PASSWORD"])
        # A backup speaks of this role, so it is there before one is restored.
        if not _is_known(connection, AUDIT_OWNER):
            create = sql.SQL("CREATE ROLE {} NOLOGIN")
            connection.execute(create.format(sql.Identifier(AUDIT_OWNER)))
    for service in SERVICES:
        with psycopg.connect(address(service.database), autocommit=True) as connection:
            for extension in EXTENSIONS:
                create = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}")
                connection.execute(create.format(sql.Identifier(extension)))


def seal_audit_trail(address: Address) -> None:
    """Take the tables of the audit trail from the service's role; it keeps the right to add.

    Comes after the migrations, and changes nothing where it was done before.
    """
    with psycopg.connect(address(AUDITED_SERVICE)) as connection:
        seal_tables(connection, service_role=AUDITED_SERVICE)


def seal_tables(connection: psycopg.Connection[Any], *, service_role: str) -> None:
    """The sealing itself, in one transaction."""
    owner, service = sql.Identifier(AUDIT_OWNER), sql.Identifier(service_role)
    owned = connection.execute(
        "SELECT relname FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner "
        "WHERE relname = ANY(%s) AND relkind = 'r' AND rolname <> %s",
        (list(AUDIT_RIGHTS), AUDIT_OWNER),
    ).fetchall()
    if not owned:
        return
    # Who owns a schema may drop what stands in it, and the owner of a database owns `public`.
    for statement in (
        "ALTER SCHEMA public OWNER TO {0}",
        "GRANT USAGE, CREATE ON SCHEMA public TO {1}",
    ):
        connection.execute(sql.SQL(statement).format(owner, service))
    connection.execute(sql.SQL("ALTER FUNCTION refuse_change_of_audit() OWNER TO {}").format(owner))
    for (name,) in owned:
        table, rights = sql.Identifier(name), sql.SQL(AUDIT_RIGHTS[name])
        for statement in (
            "ALTER TABLE {table} OWNER TO {owner}",
            "REVOKE ALL ON {table} FROM {service}, PUBLIC",
            "GRANT {rights} ON {table} TO {service}",
        ):
            connection.execute(
                sql.SQL(statement).format(table=table, owner=owner, service=service, rights=rights)
            )


def _is_known(connection: psycopg.Connection[Any], role: str) -> bool:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
    return known.fetchone() is not None


def _provision_role(connection: psycopg.Connection[Any], service: Service, password: str) -> None:
    name = sql.Identifier(service.database)
    if not _is_known(connection, service.database):
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(password)))
    for setting, value in ROLE_SETTINGS.items():
        statement = sql.SQL("ALTER ROLE {} SET {} = {}")
        connection.execute(statement.format(name, sql.Identifier(setting), sql.Literal(value)))

    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (service.database,))
    if known.fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
