"""Items that are JSON already, as the bytes of an answer."""

from starlette.responses import Response

from content_service.feed.queries import Item, Items
from servicekit.pagination import encode_cursor


def page_response(items: Items, limit: int) -> Response:
    """A page from `limit + 1` items; what is near comes first."""
    shown = items[:limit]
    more = len(items) > limit
    next_cursor = f'"{encode_cursor(shown[-1].place)}"' if more else "null"
    # A page is a stretch of time; inside it, those whom the viewer follows come first.
    ordered = sorted(shown, key=_is_far)
    inside = ",".join(item.json for item in ordered)
    return json_response(f'{{"items":[{inside}],"next_cursor":{next_cursor}}}')


def json_response(body: str) -> Response:
    """JSON that is written already."""
    return Response(body.encode(), media_type="application/json")


def _is_far(item: Item) -> bool:
    return not item.near
