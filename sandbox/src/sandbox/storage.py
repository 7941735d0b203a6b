"""State that outlives the process: one SQLite file for each stand-in."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def open_store(path: Path, schema: str) -> sqlite3.Connection:
    """Open (or make) a store. What a transaction wrote is there again after a SIGKILL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Autocommit: transactions are begun by name, in `transaction`.
    store = sqlite3.connect(path, isolation_level=None, timeout=5)
    store.row_factory = sqlite3.Row
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = NORMAL")
    store.executescript(schema)
    return store


@contextmanager
def transaction(store: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. There is no `await` inside one, so requests never share it."""
    store.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        store.execute("ROLLBACK")
        raise
    store.execute("COMMIT")
