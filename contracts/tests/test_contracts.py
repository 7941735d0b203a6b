"""What was ever published must stay readable: examples parse, schemas only grow."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts.event import Event
from contracts.registry import EVENTS

RECORDED = Path(__file__).parents[1] / "recorded"
NAMES = sorted(f"{name}.v{version}" for name, version in EVENTS)


def recorded(name: str, kind: str) -> Any:
    return json.loads((RECORDED / f"{name}.{kind}.json").read_text())


def event_named(name: str) -> type[Event]:
    bare, _, version = name.rpartition(".v")
    return EVENTS[bare, int(version)]


def subclasses(kind: type[Event]) -> list[type[Event]]:
    return [kind, *(below for one in kind.__subclasses__() for below in subclasses(one))]


def test_every_named_event_class_is_registered_once() -> None:
    named = [kind for kind in subclasses(Event) if "name" in vars(kind)]

    assert len(named) > 20
    assert sorted(map(id, named)) == sorted(map(id, EVENTS.values()))


def test_nothing_recorded_was_forgotten() -> None:
    examples = {path.name.removesuffix(".example.json") for path in RECORDED.glob("*.example.json")}

    assert examples == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_recorded_example_still_parses_and_says_the_same(name: str) -> None:
    example = recorded(name, "example")

    event = event_named(name).model_validate(example)

    said = json.loads(event.model_dump_json())
    assert {key: said[key] for key in example} == example


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_of_a_version_grows_by_optional_fields_alone(name: str) -> None:
    assert not breaks(recorded(name, "schema"), event_named(name).model_json_schema())


@pytest.mark.parametrize("name", NAMES)
def test_an_event_says_what_it_is_for(name: str) -> None:
    assert (event_named(name).__doc__ or "").strip()


def test_the_comparison_sees_what_breaks_a_reader() -> None:
    old = {"properties": {"a": {"type": "string"}}, "required": ["a"], "$defs": {}}

    removed: dict[str, Any] = {"properties": {}, "required": []}
    retyped = {"properties": {"a": {"type": "integer"}}, "required": ["a"]}
    demanding = {
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "required": ["a", "b"],
    }
    optional = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]}

    assert [bool(breaks(old, new)) for new in (removed, retyped, demanding, optional)] == [
        True,
        True,
        True,
        False,
    ]


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What a reader or writer of `old` would stumble over in `new`."""
    parts = [("", old, new)] + [
        (name, was, new.get("$defs", {}).get(name, {}))
        for name, was in old.get("$defs", {}).items()
    ]
    return [broken for where, was, now in parts for broken in _part_breaks(where, was, now)]


def _part_breaks(where: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    was, now = old.get("properties", {}), new.get("properties", {})
    gone = [f"{where}.{name} is gone" for name in was if name not in now]
    changed = [
        f"{where}.{name} changed"
        for name in was
        if name in now and _bare(was[name]) != _bare(now[name])
    ]
    demanded = set(new.get("required", [])) - set(old.get("required", []))
    fewer = set(old.get("enum", [])) - set(new.get("enum", []))
    return gone + changed + [f"{where}.{name} is demanded" for name in demanded] + sorted(fewer)


def _bare(schema: Any) -> Any:
    if isinstance(schema, dict):
        dropped = ("description", "title", "default")
        return {key: _bare(value) for key, value in schema.items() if key not in dropped}
    return [_bare(value) for value in schema] if isinstance(schema, list) else schema
