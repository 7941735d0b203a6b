"""Queues: one for each handler, and none is ever left to fill without a reader."""

import importlib
from collections import Counter
from pathlib import Path

from servicekit.messaging.subscriptions import queues_of
from servicekit.topology import SERVICES, handler_queues


def retired() -> set[str]:
    """The queues that a service says it reads no longer."""
    return {
        row.queue
        for service in SERVICES
        for row in importlib.import_module(f"{service.replace('-', '_')}.subscriptions").RETIRED
    }


def recorded(root: Path) -> list[str]:
    return (root / "tests" / "repo" / "queues.txt").read_text().split()


def test_each_queue_has_one_handler() -> None:
    names = Counter(queue.name for queue in handler_queues())

    assert len(names) > 20
    assert [name for name, times in names.items() if times > 1] == []


def test_each_queue_is_named_after_its_own_service() -> None:
    for service in SERVICES:
        package = importlib.import_module(f"{service.replace('-', '_')}.subscriptions")
        rows = queues_of(service, package.SUBSCRIPTIONS)

        assert rows
        assert all(queue.name.startswith(f"{service}.") for queue in rows)


def test_a_queue_that_is_gone_is_retired_and_a_new_one_recorded(root: Path) -> None:
    """A name leaves the list only together with its RETIRED row, when no machine has the queue."""
    living = {queue.name for queue in handler_queues()}

    assert living
    assert not living & retired()
    assert sorted(living | retired()) == recorded(root), "python tests/repo/record.py adds names"


def test_every_handler_shows_what_it_does() -> None:
    """An operator reads the queue's name: a verb, never `on_…`, `handle_…` or `process_…`."""
    verbs = [queue.name.rsplit(".", 1)[-1] for queue in handler_queues()]

    assert verbs
    assert [each for each in verbs if each.startswith(("on_", "handle_", "process_", "do_"))] == []
