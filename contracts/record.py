"""`python contracts/record.py`: record an example and the schema of events that have none yet.

What is recorded is never overwritten: delete a file only for an event that nobody has published.
"""

import json
import sys
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel

from contracts.event import Event
from contracts.registry import EVENTS

RECORDED = Path(__file__).parent / "recorded"
WORDS: dict[str, Any] = {
    "currency": "INR",
    "email": "doctor@demo.docfliq.test",
    "phone_number": "+919800000000",
    "full_name": "Asha Rao",
    "specialty": "cardiology",
    "locale": "en",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


def example_of(kind: Any, name: str = "") -> Any:
    """A plausible value of an annotation."""
    if name in WORDS:
        return WORDS[name]
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return example_of(next(one for one in inside if one is not type(None)), name)
    if origin is Literal:
        return inside[0]
    if origin in (list, tuple):
        return [example_of(one, name) for one in inside if one is not Ellipsis]
    return _plain(kind, name)


def _plain(kind: Any, name: str) -> Any:
    if get_origin(kind) is dict:
        return {name: example_of(get_args(kind)[1], name)}
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return fields_of(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind)).value
    plain: dict[Any, Any] = {
        UUID: "01936f9a-7b1e-7c3a-9d52-4f1f6f0f0a01",
        datetime: datetime(2026, 11, 21, 9, 30, tzinfo=UTC).isoformat().replace("+00:00", "Z"),
        date: "2030-01-31",
        bool: True,
        int: 1,
        float: 1.5,
        str: name.replace("_", " "),
    }
    return plain[kind]


def fields_of(model: type[BaseModel]) -> dict[str, Any]:
    """A plausible value of every field of a model."""
    return {name: example_of(field.annotation, name) for name, field in model.model_fields.items()}


def _write(path: Path, content: Any) -> bool:
    if path.exists():
        return False
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
    return True


def record(event: type[Event]) -> bool:
    """Write what is missing of one event; whether anything was."""
    base = RECORDED / f"{event.name}.v{event.schema_version}"
    new_example = _write(Path(f"{base}.example.json"), fields_of(event))
    return _write(Path(f"{base}.schema.json"), event.model_json_schema()) or new_example


if __name__ == "__main__":
    RECORDED.mkdir(exist_ok=True)
    names = [event.name for event in EVENTS.values() if record(event)]
    sys.stdout.write("".join(f"recorded {name}\n" for name in names))
