"""The servers that tests use, and the databases on them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ALL_SERVERS = frozenset({"postgres", "rabbitmq", "redis"})
EXTENSIONS = ("unaccent", "pg_trgm", "btree_gin", "btree_gist", "citext")


class ServersRefused(Exception):
    """The tests cannot have their servers; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the test servers listen; `postgres` is a superuser's address."""

    postgres: str
    broker: str
    management: str
    redis: str

    @classmethod
    def of(cls, addresses: Mapping[str, Any]) -> Self:
        """The servers that a mapping names, whatever else stands in it."""
        return cls(**{each.name: addresses[each.name] for each in fields(cls)})

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
