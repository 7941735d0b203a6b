"""Before the services start in containers: roles, databases, broker definitions, migrations.

`provision.py` does all of it, and may do it again; `provision.py databases` stops before the
tables, which is what a backup is restored into.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from groundwork.broker import Management, fill_passwords
from groundwork.databases import provision_databases, seal_audit_trail
from groundwork.fcm import make_service_account
from groundwork.waiting import Progress, wait_for

SETTINGS = dict(os.environ)  # noqa: TID251 (the container's only source of settings)
# A file of Firebase's own, if the person has one; else it is empty.
GIVEN = Path("/given/fcm.json")


def main(arguments: list[str]) -> None:
    """Everything in its order; the first failure ends it, and compose starts no service."""
    progress = Progress()
    provision_databases(superuser_url, SETTINGS)
    progress.say("databases are there")
    if arguments == ["databases"]:
        return
    subprocess.run([sys.executable, "-m", "servicekit.migrate"], check=True)
    seal_audit_trail(superuser_url)
    progress.say("tables are up to date")
    provision_broker()
    progress.say("the broker has its definitions")
    provide_service_account(Path(SETTINGS["NOTIFICATION_FCM_CREDENTIALS"]))


def superuser_url(database: str) -> str:
    """Where PostgreSQL's administrator reaches one database."""
    return f"{SETTINGS['POSTGRES_URL']}/{database}"


def management() -> Management:
    """The broker's management API."""
    return Management(SETTINGS["MANAGEMENT"], SETTINGS["DOCFLIQ_BROKER_PASSWORD"])


def provision_broker() -> None:
    """Users with least rights, exchanges and queues, as the code generates them."""
    command = [sys.executable, "-m", "servicekit.topology", "definitions"]
    generated = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    filled = fill_passwords(json.loads(generated), SETTINGS)
    wait_for(management().runs, within=90, what="RabbitMQ does not answer")
    management().ask("/api/definitions", filled)


def provide_service_account(path: Path) -> None:
    """The person's own service account, or one for the sandbox."""
    if GIVEN.is_file() and GIVEN.stat().st_size:
        shutil.copyfile(GIVEN, path)
        path.chmod(0o600)
        return
    make_service_account(path, fcm_url=SETTINGS["NOTIFICATION_FCM_BASE_URL"])


if __name__ == "__main__":
    main(sys.argv[1:])
