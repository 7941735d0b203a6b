"""Lists: a limit, an opaque cursor, keyset underneath."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Generic
from uuid import UUID

from pydantic import BaseModel, Field
from typing_extensions import TypeVar

from servicekit.problems import BadRequest

Item = TypeVar("Item")
Row = TypeVar("Row")

Limit = Annotated[int, Field(ge=1, le=100, description="How many at most")]
Cursor = Annotated[
    str | None, Field(max_length=500, description="The `next_cursor` of the page before")
]


class Page(BaseModel, Generic[Item]):
    """One page; `next_cursor` is null on the last."""

    items: list[Item]
    next_cursor: str | None


class CursorInvalid(BadRequest):
    """The cursor is not one that this list gave out. Start again without it."""

    title = "The cursor is not valid"


def encode_cursor(*key: str | int | float | UUID | None) -> str:
    """An opaque word for the sort key of a page's last row."""
    raw = json.dumps([str(part) if isinstance(part, UUID) else part for part in key])
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: Callable[..., object]) -> list[object]:
    """The sort key again, each part read by its kind (`UUID`, `int`, `datetime.fromisoformat`).

    A kind is given the part as text, so that it need not expect what else JSON holds.
    Raises CursorInvalid for whatever this list did not give out.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.urlsafe_b64decode(padded.encode()))
        if not isinstance(parts, list) or len(parts) != len(kinds):
            raise CursorInvalid
        return [kind(str(part)) for kind, part in zip(kinds, parts, strict=True)]
    except (ValueError, TypeError, RecursionError) as broken:
        raise CursorInvalid from broken


def decode_id(cursor: str | None) -> UUID | None:
    """The id in a cursor of a list sorted by id alone. Raises CursorInvalid."""
    if cursor is None:
        return None
    [found] = decode_cursor(cursor, UUID)
    return found if isinstance(found, UUID) else None


def page_of(
    rows: Sequence[Row], limit: int, key: Callable[[Row], Sequence[object]]
) -> tuple[list[Row], str | None]:
    """The page and its `next_cursor` from `limit + 1` rows; `key` gives the sort key of a row."""
    shown = list(rows[:limit])
    more = len(rows) > limit
    return shown, encode_cursor(*key(shown[-1])) if more else None  # type: ignore[arg-type]  # JSON scalars
