"""The FCM stand-in as one application."""

import json
import sqlite3
from html import escape
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse

from sandbox.faults import HTTP_FAULTS, Faults, FaultyAnswers, faults_router
from sandbox.fcm.assertion import GRANT_TYPE, BadAssertion, check_assertion
from sandbox.fcm.errors import FcmRefusal, trouble
from sandbox.fcm.messages import send
from sandbox.fcm.store import TOKEN_SECONDS, grant_access, has_access, list_messages
from sandbox.pages import page, table


def create_app(store: sqlite3.Connection) -> FastAPI:
    """Everything on FCM's port."""
    app = FastAPI(title="FCM sandbox", max_body_size=256 * 1024, redirect_slashes=False)
    faults = Faults(HTTP_FAULTS)
    app.include_router(faults_router(faults))
    app.exception_handler(FcmRefusal)(_refusal)
    app.add_middleware(FaultyAnswers, faults=faults, prefixes=("/v1", "/token"), error=trouble)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/token", response_model=None)
    async def grant_token(request: Request) -> dict[str, Any] | JSONResponse:
        form = parse_qs((await request.body()).decode("ascii", errors="replace"))
        if form.get("grant_type") != [GRANT_TYPE]:
            return _oauth_error("unsupported_grant_type", "Invalid grant_type")
        try:
            check_assertion(form.get("assertion", [""])[0])
        except BadAssertion as wrong:
            return _oauth_error("invalid_grant", str(wrong))
        token = grant_access(store)
        return {"access_token": token, "expires_in": TOKEN_SECONDS, "token_type": "Bearer"}

    @app.post("/v1/projects/{project}/messages:send")
    async def send_message(project: str, request: Request) -> dict[str, str]:
        _check_access(store, request)
        return {"name": send(store, project=project, request=await _json(request))}

    @app.get("/messages")
    async def received(
        token: str | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> dict[str, Any]:
        return {"items": list_messages(store, token=token, limit=limit)}

    @app.get("/", include_in_schema=False)
    async def show_messages() -> HTMLResponse:
        rows = [
            (
                item["at"],
                escape(item["token"]),
                f"<b>{escape(item['title'] or '')}</b><br>{escape(item['body'] or '')}",
                f"<pre>{escape(json.dumps(item['data'], indent=1, ensure_ascii=False))}</pre>",
            )
            for item in list_messages(store, token=None, limit=200)
        ]
        return page("Pushed to phones", table(("At", "To", "Message", "Data"), rows))

    return app


def _oauth_error(error: str, description: str) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, status_code=400)


def _check_access(store: sqlite3.Connection, request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not has_access(store, token):
        raise FcmRefusal(
            "Request had invalid authentication credentials. Expected OAuth 2 access token.",
            status=401,
            code="UNAUTHENTICATED",
            fcm_code=None,
        )


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError) as wrong:
        raise FcmRefusal("Invalid JSON payload received.", fcm_code=None) from wrong


async def _refusal(_request: Request, refusal: FcmRefusal) -> JSONResponse:
    return refusal.response()
