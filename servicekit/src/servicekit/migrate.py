"""`python -m servicekit.migrate`: bring the databases of all installed services up to date.

`--check` also fails when models and migrations disagree; `--service NAME` names one of them.
`--revision "MESSAGE"` writes a new migration for the one service.
"""

import argparse
import importlib
import os
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

SERVICES = {
    "auth-service": "AUTH",
    "content-service": "CONTENT",
    "course-service": "COURSE",
    "webinar-service": "WEBINAR",
    "payment-service": "PAYMENT",
    "notification-service": "NOTIFICATION",
    "media-worker": "MEDIA",
}
"""Every service with a database, and the prefix of its settings."""


def package_of(service: str) -> str:
    """The import name of a service."""
    return service.replace("-", "_")


def migrations_of(service: str) -> Path:
    """The folder of a service's migrations, beside its `src`."""
    package = importlib.import_module(package_of(service))
    return Path(str(package.__file__)).parents[2] / "migrations"


def config_of(service: str, url: str) -> Config:
    """An Alembic configuration without a file."""
    config = Config()
    config.set_main_option("script_location", str(migrations_of(service)))
    config.set_main_option("sqlalchemy.url", as_driver_url(url).replace("%", "%%"))
    return config


def as_driver_url(url: str) -> str:
    """The same address for SQLAlchemy with psycopg 3."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _url_of(service: str) -> str:
    settings = importlib.import_module(f"{package_of(service)}.settings").Settings()
    url: str = settings.database_url.get_secret_value()
    return url


def migrate(service: str, url: str, *, check: bool = False) -> None:
    """Upgrade one service's database to its head. Raises CommandError when `check` finds a gap."""
    config = config_of(service, url)
    command.upgrade(config, "head")
    if check:
        heads = ScriptDirectory.from_config(config).get_heads()
        if len(heads) != 1:
            raise CommandError(f"{service} has {len(heads)} heads")
        command.check(config)


def revise(service: str, url: str, message: str) -> None:
    """Write a new migration for what the models say and the database lacks."""
    config = config_of(service, url)
    count = len(list(ScriptDirectory.from_config(config).walk_revisions()))
    command.revision(config, message=message, autogenerate=True, rev_id=f"{count + 1:04d}")


def main(arguments: list[str] | None = None) -> int:
    """Migrate; 0 when everything is up to date, 1 when something disagrees."""
    parser = argparse.ArgumentParser(prog="python -m servicekit.migrate", description=__doc__)
    parser.add_argument("--service", action="append", choices=list(SERVICES))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--revision", metavar="MESSAGE")
    chosen = parser.parse_args(arguments)
    for service in chosen.service or SERVICES:
        try:
            url = _url_of(service)
            migrate(service, url, check=chosen.check)
            if chosen.revision:
                revise(service, url, chosen.revision)
        except CommandError as gap:
            sys.stderr.write(f"{service}: {gap}\n")
            return 1
        sys.stdout.write(f"{service}: up to date\n")
    sys.stdout.flush()
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
