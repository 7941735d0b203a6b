"""`python tests/repo/record.py`: bring the recorded lists up to date with the code.

A queue's name is only ever added: a handler that is renamed or removed names its old queue in
RETIRED, and the line goes when no machine holds the queue any more.
"""

import json
from pathlib import Path

from servicekit.topology import handler_queues

HERE = Path(__file__).parent
DOCUMENTS = HERE.parents[1] / "docs" / "openapi"


def record_queues(path: Path) -> None:
    """Add the names of new queues."""
    known = set(path.read_text().split()) if path.exists() else set()
    names = known | {queue.name for queue in handler_queues()}
    path.write_text("".join(f"{name}\n" for name in sorted(names)))


def record_open_routes(path: Path) -> None:
    """Write down which operations take no token, from docs/openapi; read the difference."""
    found = [
        f"{method.upper()} {address}"
        for document in sorted(DOCUMENTS.glob("*.json"))
        if document.stem != "problems"
        for address, methods in json.loads(document.read_text())["paths"].items()
        for method, operation in methods.items()
        if operation.get("security") == []
    ]
    path.write_text("".join(f"{line}\n" for line in sorted(found)))


if __name__ == "__main__":
    record_queues(HERE / "queues.txt")
    record_open_routes(HERE / "open_routes.txt")
