"""An archived event without what is personal: ids, numbers, times and fixed words stay."""

from datetime import date, datetime
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel

from contracts.registry import EVENTS
from servicekit.privacy import NOBODY, Erased

HARMLESS = (UUID, int, float, bool, datetime, date, Enum)
HARMLESS_WORDS = frozenset({"currency", "service", "receipt_number"})


def redact(kind: tuple[str, int], payload: dict[str, Any], who: Erased) -> dict[str, Any]:
    """The payload of an event by name and version; the person's id becomes their tombstone."""
    event = EVENTS.get(kind)
    fields = event.model_fields if event else {}
    return {
        name: _without(value, fields[name].annotation, name, who)
        for name, value in payload.items()
        if name in fields
    }


def _without(value: Any, kind: Any, name: str, who: Erased) -> Any:
    if value is None or value == str(who.user_id):
        return None if value is None else str(who.tombstone_id)
    if name in HARMLESS_WORDS or _is_harmless(kind):
        return value
    if isinstance(value, str):
        return NOBODY
    return type(value)()


def _is_harmless(kind: Any) -> bool:
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Literal:
        return True
    if origin is Annotated:
        return _is_harmless(inside[0])
    if origin in (Union, UnionType):
        return all(_is_harmless(one) for one in inside if one is not type(None))
    if not isinstance(kind, type) or issubclass(kind, BaseModel):
        return False
    return issubclass(kind, HARMLESS)
