"""Every event that is published so far, by name and version."""

from collections.abc import Iterator

from contracts import access, auth, content, course, media, notification, payment, privacy, webinar
from contracts.event import Event

_MODULES = (access, auth, content, media, course, webinar, payment, notification, privacy)


def _events() -> Iterator[type[Event]]:
    for module in _MODULES:
        for value in vars(module).values():
            is_event = isinstance(value, type) and issubclass(value, Event)
            if is_event and value.__module__ == module.__name__ and "name" in vars(value):
                yield value


EVENTS: dict[tuple[str, int], type[Event]] = {
    (event.name, event.schema_version): event for event in _events()
}
"""Event classes by `(name, schema_version)`."""
