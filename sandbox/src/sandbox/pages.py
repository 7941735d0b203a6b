"""The plain HTML that the stand-ins show to people."""

from collections.abc import Sequence
from html import escape

from fastapi.responses import HTMLResponse

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884;
  vertical-align: top; overflow-wrap: anywhere }
button { font: inherit; padding: .6rem 1.2rem; margin: 0 .5rem .5rem 0; cursor: pointer }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
iframe { width: 100%; height: 32rem; border: 1px solid #8884; background: #fff }
.dim { opacity: .7 }
"""


def page(title: str, body: str) -> HTMLResponse:
    """A whole page; `body` is HTML that the caller has escaped."""
    return HTMLResponse(
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
        f"<h1>{escape(title)}</h1>{body}</html>"
    )


def table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table whose cells are HTML that the caller has escaped."""
    if not rows:
        return "<p class=dim>Nothing has arrived yet.</p>"
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{lines}</table>"
