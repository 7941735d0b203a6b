"""The mail sink's page and route."""

import re
import sqlite3
from html import escape
from typing import Annotated, Any

from fastapi import FastAPI, Query, Response
from fastapi.responses import HTMLResponse, JSONResponse

from sandbox.mail.store import find_mail, list_mails
from sandbox.pages import page, table

# The mail's own HTML runs no script and reaches nothing of this page; its links open new tabs.
_FRAME = '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="{}"></iframe>'
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


def create_app(store: sqlite3.Connection) -> FastAPI:
    """Everything on the mail page's port."""
    app = FastAPI(title="Mail sink", redirect_slashes=False)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/messages")
    async def received(
        to: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 50
    ) -> dict[str, Any]:
        return {"items": list_mails(store, recipient=to, limit=limit)}

    @app.get("/messages/{mail_id}", response_model=None)
    async def received_one(mail_id: int) -> dict[str, Any] | Response:
        return find_mail(store, mail_id) or JSONResponse({"error": "no such mail"}, 404)

    @app.get("/", include_in_schema=False)
    async def show_mails() -> HTMLResponse:
        rows = [
            (
                item["at"],
                escape(item["to"]),
                f'<a href="/mails/{item["id"]}">{escape(item["subject"] or "(no subject)")}</a>',
            )
            for item in list_mails(store, recipient=None, limit=200)
        ]
        return page("Mails", table(("At", "To", "Subject"), rows))

    @app.get("/mails/{mail_id}", include_in_schema=False)
    async def show_mail(mail_id: int) -> HTMLResponse:
        mail = find_mail(store, mail_id)
        if mail is None:
            return HTMLResponse("No such mail", status_code=404)
        return page(mail["subject"] or "(no subject)", _shown(mail))

    return app


def _shown(mail: dict[str, Any]) -> str:
    head = table(
        ("Header", "Value"), [(escape(name), escape(value)) for name, value in mail["headers"]]
    )
    text = _LINK.sub(_linked, escape(mail["text"] or "", quote=False))
    html = ""
    if mail["html"]:
        html = "<h2>HTML</h2>" + _FRAME.format(
            escape(f'<base target="_blank">{mail["html"]}', quote=True)
        )
    files = "".join(
        f"<li>{escape(str(part['filename']))} ({part['size']} bytes)</li>"
        for part in mail["attachments"]
    )
    return (
        f'<p><a href="/">All mails</a> · to {escape(mail["to"])} · {mail["at"]}</p>'
        f"<pre>{text}</pre>{html}<ul>{files}</ul><details><summary>Headers</summary>{head}</details>"
    )


def _linked(found: re.Match[str]) -> str:
    url = found.group()
    return f'<a href="{url}" target="_blank" rel="noreferrer">{url}</a>'
