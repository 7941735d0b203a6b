"""`python tests/repo/record.py`: bring the recorded lists up to date with the code.

A queue's name is only ever added: a handler that is renamed or removed names its old queue in
RETIRED, and the line goes when no machine holds the queue any more.
"""

from pathlib import Path

from conftest import open_routes

from servicekit.topology import handler_queues

HERE = Path(__file__).parent


def record_queues(path: Path) -> None:
    """Add the names of new queues."""
    known = set(path.read_text().split()) if path.exists() else set()
    names = known | {queue.name for queue in handler_queues()}
    path.write_text("".join(f"{name}\n" for name in sorted(names)))


def record_open_routes(path: Path) -> None:
    """Write down which operations answer without a token, from docs/openapi; read what changed."""
    path.write_text("".join(f"{line}\n" for line in open_routes()))


if __name__ == "__main__":
    record_queues(HERE / "queues.txt")
    record_open_routes(HERE / "open_routes.txt")
