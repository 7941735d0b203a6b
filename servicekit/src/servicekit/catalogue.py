"""`python -m servicekit.catalogue`: write docs/events.md, every event with who says and hears it.

What an event states and carries stands in its class, who builds it in the sources of the
services, who hears it in their SUBSCRIPTIONS: the page only collects.
"""

import argparse
import ast
import importlib
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from contracts.event import Event
from contracts.registry import EVENTS
from servicekit.messaging.envelope import routing_key
from servicekit.messaging.subscriptions import HandlerQueue
from servicekit.topology import SERVICES, handler_queues

_HEAD = """\
# Events

Generated from the code by `make events`; the rules of the repository compare the two.

A service publishes a fact by `publish(session, event)` in the transaction that made it true.
The name of an event is its routing key; its version is the `v1` of `dataschema`.
Each event also carries `version`, the number of changes of its aggregate; `?` marks what may be \
absent.
`person` holds personal data, apart from the rest so that it can be redacted.
"""
_TABLE = "| event | states | carries | heard by |\n|---|---|---|---|\n"


def builders() -> dict[type[Event], set[str]]:
    """The services that build each event: whose sources call its class."""
    known = {(event.__module__, event.__name__): event for event in EVENTS.values()}
    found: dict[type[Event], set[str]] = {event: set() for event in known.values()}
    for service in SERVICES:
        for path in _sources(service):
            for name in _calls(ast.parse(path.read_text())):
                if name in known:
                    found[known[name]].add(service)
    return found


def _sources(service: str) -> Iterator[Path]:
    spec = find_spec(service.replace("-", "_"))
    for folder in (spec and spec.submodule_search_locations) or ():
        yield from sorted(Path(folder).rglob("*.py"))


def _calls(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What a module calls of what it imports from `contracts`, as (module, name)."""
    imported = {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "contracts"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in imported:
            yield imported[called.id]
        elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            module, name = imported.get(called.value.id, ("", ""))
            yield f"{module}.{name}", called.attr


def hearers() -> dict[type[Event], list[HandlerQueue]]:
    """The queues that hear each event, but for the archive's, which hears all of them."""
    queues = [queue for queue in handler_queues() if len(queue.events) < len(EVENTS)]
    return {
        event: [queue for queue in queues if event in queue.events.values()]
        for event in EVENTS.values()
    }


def page() -> str:
    """docs/events.md: one section for each contract module, one row for each event."""
    built, heard = builders(), hearers()
    sections: dict[str, list[str]] = {}
    for event in EVENTS.values():
        row = _row(event, said_by=built[event], heard_by=heard[event])
        sections.setdefault(event.__module__, []).append(row)
    archive = [queue.name for queue in handler_queues() if len(queue.events) == len(EVENTS)]
    told = "".join(f"`{name}` hears every event and is not repeated.\n" for name in archive)
    return f"{_HEAD}{told}" + "".join(
        f"\n{_heading(module)}\n\n{_TABLE}" + "".join(rows) for module, rows in sections.items()
    )


def _heading(module: str) -> str:
    says = (importlib.import_module(module).__doc__ or "").strip().splitlines()[0]
    return f"## {module.removeprefix('contracts.').capitalize()}\n\n{says}"


def _row(event: type[Event], *, said_by: set[str], heard_by: list[HandlerQueue]) -> str:
    states = (event.__doc__ or "").strip().splitlines()[0]
    carries = ", ".join(
        f"`{name}`" if field.is_required() else f"`{name}?`"
        for name, field in event.model_fields.items()
        if name != "version"
    )
    hear = "<br>".join(f"`{queue.name}`" for queue in heard_by) or "nobody yet"
    by = ", ".join(sorted(said_by)) or "nobody"
    name = f"`{routing_key(event)}` v{event.schema_version}<br>by {by}"
    return f"| {name} | {states} | {carries} | {hear} |\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the page where it belongs, or where it is told to."""
    parser = argparse.ArgumentParser(prog="python -m servicekit.catalogue", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path("docs/events.md"))
    parser.parse_args(arguments).file.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
