"""Before the services start in containers: roles, databases, broker definitions, migrations.

Runs once to its end at each start, and may run again; the native engine does the same in
`deploy/native/engine/provisioning.py`, whose constants this uses.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from engine.provisioning import EXTENSIONS, ROLE_SETTINGS, fill_passwords
from engine.services import SERVICES, Service
from psycopg import sql

SETTINGS = dict(os.environ)  # noqa: TID251 (the container's only source of settings)


def main() -> None:
    """Everything in its order; the first failure ends it, and compose starts no service."""
    provision_databases(SETTINGS["POSTGRES_URL"])
    provision_broker(SETTINGS["MANAGEMENT_URL"])
    make_service_account(Path(SETTINGS["NOTIFICATION_FCM_CREDENTIALS"]))
    subprocess.run([sys.executable, "-m", "servicekit.migrate"], check=True)


def provision_databases(superuser_url: str) -> None:
    """One role and one database per service, with the limits and extensions of the platform."""
    with psycopg.connect(f"{superuser_url}/postgres", autocommit=True) as connection:
        for service in SERVICES:
            provision_role(connection, service)
    for service in SERVICES:
        with psycopg.connect(f"{superuser_url}/{service.database}", autocommit=True) as connection:
            for extension in EXTENSIONS:
                create = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}")
                connection.execute(create.format(sql.Identifier(extension)))


def provision_role(connection: psycopg.Connection[Any], service: Service) -> None:
    """The role that owns a service's database, its password and its limits."""
    name = sql.Identifier(service.database)
    password = sql.Literal(SETTINGS[f"{service.prefix}_DATABASE_PASSWORD"])
    known = "SELECT 1 FROM pg_roles WHERE rolname = %s"
    if connection.execute(known, (service.database,)).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, password))
    for setting, value in ROLE_SETTINGS.items():
        statement = sql.SQL("ALTER ROLE {} SET {} = {}")
        connection.execute(statement.format(name, sql.Identifier(setting), sql.Literal(value)))

    known = "SELECT 1 FROM pg_database WHERE datname = %s"
    if connection.execute(known, (service.database,)).fetchone() is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))


def provision_broker(management_url: str) -> None:
    """Users with least rights, exchanges and queues, as the code generates them."""
    command = [sys.executable, "-m", "servicekit.topology", "definitions"]
    generated = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    filled = fill_passwords(json.loads(generated), SETTINGS)
    admin = (SETTINGS["BROKER_ADMIN"], SETTINGS["DOCFLIQ_BROKER_PASSWORD"])
    url = f"{management_url}/api/definitions"
    httpx2.post(url, json=filled, auth=admin, timeout=30).raise_for_status()
    print("the broker has its definitions")


def make_service_account(path: Path) -> None:
    """A service account for the FCM sandbox, made once, in the form of Google's console."""
    if path.exists():
        return
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "project_id": "docfliq-sandbox",
        "private_key_id": "sandbox",
        "private_key": pem.decode(),
        "client_email": "push@docfliq-sandbox.iam.gserviceaccount.com",
        "client_id": "100000000000000000000",
        "token_uri": f"{SETTINGS['NOTIFICATION_FCM_BASE_URL']}/token",
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(account, indent=2))


if __name__ == "__main__":
    main()
