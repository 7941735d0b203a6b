"""Cards and counters as the bytes of an answer: the card is text already and stays it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row
from starlette.responses import Response

from servicekit.pagination import encode_cursor


def item_of(row: Row[Any]) -> str:
    """One item of JSON: the stored card, its counters, the viewer's own state."""
    card: str = row.card
    return (
        f'{card[:-1]},"like_count":{row.like_count},"comment_count":{row.comment_count},'
        f'"bookmark_count":{row.bookmark_count},"liked":{_word(row.liked)},'
        f'"bookmarked":{_word(row.bookmarked)}}}'
    )


def page_response(rows: Sequence[Row[Any]], limit: int, *, key: str = "feed_id") -> Response:
    """A page from `limit + 1` rows that are in the order of `key`; what is near comes first."""
    shown = rows[:limit]
    more = len(rows) > limit
    next_cursor = f'"{encode_cursor(getattr(shown[-1], key))}"' if more else "null"
    # A page is a stretch of time; inside it, those whom the viewer follows come first.
    ordered = sorted(shown, key=_is_far)
    items = ",".join(item_of(row) for row in ordered)
    return json_response(f'{{"items":[{items}],"next_cursor":{next_cursor}}}')


def json_response(body: str) -> Response:
    """JSON that is written already."""
    return Response(body.encode(), media_type="application/json")


def _is_far(row: Row[Any]) -> bool:
    return not getattr(row, "near", False)


def _word(value: object) -> str:
    return "true" if value else "false"
