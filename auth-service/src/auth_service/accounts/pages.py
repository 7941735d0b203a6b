"""The few pages that mailed links open: plain HTML, no script, nothing from elsewhere."""

from html import escape

from starlette.responses import HTMLResponse

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    # The address holds a secret.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} · Docfliq</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:28rem;margin:4rem auto;padding:0 1rem}}
input,button{{font:inherit;padding:.5rem;margin:.5rem 0;width:100%;box-sizing:border-box}}</style>
</head><body><h1>{title}</h1>{body}</body></html>
"""


def page(title: str, body: str, *, status: int = 200) -> HTMLResponse:
    """A page; `body` is HTML, `title` is text."""
    html = _PAGE.format(title=escape(title), body=body)
    return HTMLResponse(html, status_code=status, headers=_HEADERS)


def message(title: str, text: str, *, status: int = 200) -> HTMLResponse:
    """A page with one sentence."""
    return page(title, f"<p>{escape(text)}</p>", status=status)


def verify_email_page(token: str) -> HTMLResponse:
    """A button that verifies: mail scanners follow links, and do not press buttons."""
    return page(
        "Confirm your e-mail address",
        f'<form method="post" action="?token={escape(token)}">'
        "<p>Press the button to confirm that this address is yours.</p>"
        '<button type="submit">Confirm</button></form>',
    )


def reset_password_page(token: str) -> HTMLResponse:
    """A form for the new password."""
    return page(
        "Choose a new password",
        '<form method="post" action="/api/v1/auth/reset-password/form">'
        f'<input type="hidden" name="token" value="{escape(token)}">'
        '<label>New password<input type="password" name="new_password" required minlength="8" '
        'maxlength="128" autocomplete="new-password"></label>'
        '<button type="submit">Save</button></form>',
    )
