"""What the phones received, and who may send."""

import json
import secrets
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.storage import open_store, transaction

KEPT_MESSAGES = 10_000
TOKEN_SECONDS = 3600

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, token TEXT NOT NULL, title TEXT, body TEXT,
    data TEXT NOT NULL, message TEXT NOT NULL, at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_by_token ON messages (token);
CREATE TABLE IF NOT EXISTS access_tokens (token TEXT PRIMARY KEY, expires_at REAL NOT NULL);
"""


def open_phones(state_dir: Path) -> sqlite3.Connection:
    """The phones with what they have received so far."""
    return open_store(state_dir / "fcm.sqlite3", _SCHEMA)


def grant_access(store: sqlite3.Connection) -> str:
    """A new access token, good for an hour, restarts included."""
    token = f"ya29.{secrets.token_urlsafe(48)}"
    now = time.time()
    with transaction(store):
        store.execute("DELETE FROM access_tokens WHERE expires_at < ?", (now,))
        store.execute("INSERT INTO access_tokens VALUES (?, ?)", (token, now + TOKEN_SECONDS))
    return token


def has_access(store: sqlite3.Connection, token: str) -> bool:
    """Whether this access token was given out and has not expired."""
    found = store.execute(
        "SELECT 1 FROM access_tokens WHERE token = ? AND expires_at > ?", (token, time.time())
    )
    return found.fetchone() is not None


def put_message(
    store: sqlite3.Connection, *, name: str, target: str, message: dict[str, Any]
) -> None:
    """Deliver a message to its phone; the oldest ones make room."""
    notification = message.get("notification") or {}
    with transaction(store):
        store.execute(
            "INSERT INTO messages (id, token, title, body, data, message, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                name,
                target,
                notification.get("title"),
                notification.get("body"),
                json.dumps(message.get("data") or {}),
                json.dumps(message),
                datetime.fromtimestamp(time.time(), UTC).isoformat(),
            ),
        )
        store.execute(
            "DELETE FROM messages WHERE seq <= (SELECT max(seq) FROM messages) - ?",
            (KEPT_MESSAGES,),
        )


def list_messages(
    store: sqlite3.Connection, *, token: str | None, limit: int
) -> list[dict[str, Any]]:
    """Messages of one phone, or of all, newest first."""
    found = store.execute(
        "SELECT id, token, title, body, data, at FROM messages"
        " WHERE :token IS NULL OR token = :token ORDER BY seq DESC LIMIT :limit",
        {"token": token, "limit": limit},
    )
    return [{**dict(row), "data": json.loads(row["data"])} for row in found]
