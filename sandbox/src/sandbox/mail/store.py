"""The mails that arrived, one row for each recipient."""

import json
import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.storage import open_store, transaction

KEPT_MAILS = 5_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT NOT NULL, sender TEXT NOT NULL,
    subject TEXT NOT NULL, text TEXT, html TEXT, headers TEXT NOT NULL, attachments TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS mails_by_recipient ON mails (recipient COLLATE NOCASE);
"""


@dataclass(frozen=True)
class Mail:
    """A mail as its reader sees it."""

    sender: str
    subject: str
    text: str | None
    html: str | None
    headers: list[tuple[str, str]]
    attachments: list[dict[str, Any]]


def open_mailbox(state_dir: Path) -> sqlite3.Connection:
    """The mailbox with everything that has arrived so far."""
    return open_store(state_dir / "mail.sqlite3", _SCHEMA)


def put_mail(store: sqlite3.Connection, *, recipients: list[str], mail: Mail) -> None:
    """Keep a mail for each of its recipients; the oldest ones make room."""
    at = datetime.fromtimestamp(time.time(), UTC).isoformat()
    content = (
        mail.sender,
        mail.subject,
        mail.text,
        mail.html,
        json.dumps(mail.headers),
        json.dumps(mail.attachments),
        at,
    )
    with transaction(store):
        store.executemany(
            "INSERT INTO mails (recipient, sender, subject, text, html, headers, attachments, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(recipient, *content) for recipient in recipients],
        )
        store.execute(
            "DELETE FROM mails WHERE id <= (SELECT max(id) FROM mails) - ?", (KEPT_MAILS,)
        )


def list_mails(
    store: sqlite3.Connection, *, recipient: str | None, limit: int
) -> list[dict[str, Any]]:
    """Mails to one address, or to anybody, newest first."""
    found = store.execute(
        "SELECT id, recipient AS 'to', subject, text, html, at FROM mails"
        " WHERE :recipient IS NULL OR recipient = :recipient COLLATE NOCASE"
        " ORDER BY id DESC LIMIT :limit",
        {"recipient": recipient, "limit": limit},
    )
    return [{**dict(row), "id": str(row["id"])} for row in found]


def find_mail(store: sqlite3.Connection, mail_id: int) -> dict[str, Any] | None:
    """One mail with its sender, headers and attachments."""
    row = store.execute("SELECT * FROM mails WHERE id = ?", (mail_id,)).fetchone()
    if row is None:
        return None
    mail = dict(row)
    return {
        "id": str(mail["id"]),
        "to": mail["recipient"],
        "from": mail["sender"],
        "subject": mail["subject"],
        "text": mail["text"],
        "html": mail["html"],
        "headers": json.loads(mail["headers"]),
        "attachments": json.loads(mail["attachments"]),
        "at": mail["at"],
    }
