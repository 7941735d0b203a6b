"""The broker's definitions and queue names, generated from the code.

`python -m servicekit.topology definitions` prints what RabbitMQ imports, `… queues` the handler
queues.
"""

import importlib
import json
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any

from servicekit.messaging.broker import DEAD, EVENTS, LIVE, UNROUTED
from servicekit.messaging.consumer import queue_arguments
from servicekit.messaging.subscriptions import HandlerQueue, queues_of

VHOST = "docfliq"
DESK = "notification-service"
SERVICES = (
    "auth-service",
    "content-service",
    "course-service",
    "webinar-service",
    "payment-service",
    "notification-service",
    "media-worker",
)
_WEEK_MS = 7 * 24 * 3600 * 1000
# RabbitMQ 4 drops after 20 deliveries unless told otherwise; the desk never rejects.
_NEVER = 1_000_000


def definitions(handlers: Iterable[HandlerQueue] = ()) -> dict[str, Any]:
    """Vhost, users without passwords, rights and objects, for RabbitMQ 3.10 and 4.

    The queues of `handlers` are among them: an event that is published before its consumer first
    started, as on the very first start, waits there instead of being unrouted.
    """
    handlers = list(handlers)
    return {
        "vhosts": [{"name": VHOST}],
        "users": [{"name": service, "tags": []} for service in SERVICES],
        "permissions": [_rights(service) for service in SERVICES],
        "exchanges": [
            _exchange(EVENTS, "topic", {"alternate-exchange": UNROUTED}),
            _exchange(UNROUTED, "fanout"),
            _exchange(DEAD, "fanout"),
            _exchange(LIVE, "topic"),
        ],
        "queues": [
            _queue(
                UNROUTED,
                {
                    "x-message-ttl": _WEEK_MS,
                    "x-max-length": 100_000,
                    "x-overflow": "drop-head",
                    "x-delivery-limit": _NEVER,
                },
            ),
            _queue(DEAD, {"x-delivery-limit": _NEVER}),
            *(_queue(queue.name, queue_arguments(queue)) for queue in handlers),
        ],
        "bindings": [
            _binding(UNROUTED, UNROUTED),
            _binding(DEAD, DEAD),
            *(
                _binding(EVENTS, queue.name, key)
                for queue in handlers
                for key in queue.binding_keys
            ),
        ],
    }


def handler_queues() -> list[HandlerQueue]:
    """The queue of every handler of the installed services, by name."""
    found: list[HandlerQueue] = []
    for service in SERVICES:
        rows = list(_subscriptions(service))
        found += queues_of(service, rows)
    return sorted(found, key=lambda queue: queue.name)


def _subscriptions(service: str) -> Iterator[Any]:
    package = service.replace("-", "_")
    if find_spec(package) is not None and find_spec(f"{package}.subscriptions") is not None:
        yield from importlib.import_module(f"{package}.subscriptions").SUBSCRIPTIONS


def _rights(service: str) -> dict[str, str]:
    """A service declares and binds only what begins with its own name."""
    own = rf"{service}\..*"
    write, read = rf"^({own}|docfliq\.(events|dead|live))$", rf"^({own}|docfliq\.(events|live))$"
    if service == DESK:
        read = rf"^({own}|docfliq\.(events|live|dead|unrouted))$"
        # Replays go to a handler's queue by the default exchange.
        write = rf"^({own}|docfliq\.(events|dead|live)|amq\.default)$"
    return {"user": service, "vhost": VHOST, "configure": f"^{own}", "write": write, "read": read}


def _exchange(name: str, kind: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "vhost": VHOST,
        "type": kind,
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": arguments or {},
    }


def _queue(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "vhost": VHOST,
        "durable": True,
        "auto_delete": False,
        "arguments": {"x-queue-type": "quorum", **arguments},
    }


def _binding(source: str, queue: str, key: str = "") -> dict[str, Any]:
    return {
        "source": source,
        "vhost": VHOST,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }


def main(argument: str) -> None:
    """Print one of the two."""
    if argument == "definitions":
        text = json.dumps(definitions(handler_queues()), indent=2)
    elif argument == "queues":
        text = "\n".join(queue.name for queue in handler_queues())
    else:
        raise SystemExit("usage: python -m servicekit.topology definitions|queues")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else "")
