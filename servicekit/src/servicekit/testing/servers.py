"""The servers that tests use: private native ones, or those that a variable names."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

EXTENSIONS = ("unaccent", "pg_trgm", "btree_gin", "btree_gist", "citext")


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the test servers listen; `postgres` is a superuser's address."""

    postgres: str
    broker: str
    management: str
    redis: str

    def database(self, name: str) -> str:
        """The superuser's address of one database."""
        return urlunsplit(urlsplit(self.postgres)._replace(path=f"/{name}"))

    def create_database(self, name: str, *, template: str | None = None) -> str:
        """A new database, cloned from `template` or with the platform's extensions; its address."""
        made = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            made += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template))
        with psycopg.connect(self.postgres, autocommit=True) as connection:
            connection.execute(made)
        if template is None:
            with psycopg.connect(self.database(name), autocommit=True) as connection:
                for extension in EXTENSIONS:
                    wanted = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}")
                    connection.execute(wanted.format(sql.Identifier(extension)))
        return self.database(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, connections and all; an absent one is fine."""
        gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with psycopg.connect(self.postgres, autocommit=True) as connection:
            connection.execute(gone)


def root_of_checkout() -> Path:
    """The checkout that this kit is installed from."""
    return Path(__file__).resolve().parents[4]


def native_servers() -> Servers:
    """The servers that `DOCFLIQ_TEST_SERVERS` names, or private ones started in `.stack/test`."""
    named = os.environ.get("DOCFLIQ_TEST_SERVERS")  # noqa: TID251  (no service, so no Settings)
    if named:
        found = json.loads(Path(named).read_text())
    else:
        root = root_of_checkout()
        command = [
            sys.executable,
            "deploy/native/servers.py",
            "up",
            "--stack",
            ".stack/test",
            "--json",
        ]
        started = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)  # noqa: S603
        found = json.loads(started.stdout)
    return Servers(**{name: found[name] for name in ("postgres", "broker", "management", "redis")})
