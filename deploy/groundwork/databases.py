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

# The superuser's address of a database.
Address = Callable[[str], str]


def provision_databases(address: Address, settings: dict[str, str]) -> None:
    """Make each service's role and database and set their limits and passwords."""
    with psycopg.connect(address("postgres"), autocommit=True) as connection:
        for service in SERVICES:
            _provision_role(connection, service, settings[f"{service.prefix}_DATABASE_PASSWORD"])
    for service in SERVICES:
        with psycopg.connect(address(service.database), autocommit=True) as connection:
            for extension in EXTENSIONS:
                create = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}")
                connection.execute(create.format(sql.Identifier(extension)))


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
