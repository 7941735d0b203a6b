"""What holds for every route of this service."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from servicekit.testing.people import SignedIn

OPEN = {
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/token",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/logout-all",
    "POST /api/v1/auth/forgot-password",
    "GET /api/v1/auth/reset-password",
    "POST /api/v1/auth/reset-password",
    "GET /api/v1/auth/email/verify",
    "POST /api/v1/auth/email/verify",
    "POST /api/v1/auth/otp/request",
    "POST /api/v1/auth/otp/verify",
    "POST /api/v1/auth/mfa/verify",
    "POST /api/v1/auth/passkeys/login/options",
    "POST /api/v1/auth/passkeys/login",
    "GET /api/v1/auth/oauth/providers",
    "GET /api/v1/auth/oauth/{provider}/authorize",
    "GET /api/v1/auth/oauth/{provider}/callback",
    "POST /api/v1/auth/oauth/{provider}",
    "GET /.well-known/jwks.json",
}


def operations(app: FastAPI) -> list[tuple[str, dict[str, Any]]]:
    found = [
        (f"{method.upper()} {path}", operation)
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(found) > 30
    return found


async def test_every_route_but_the_listed_needs_a_token(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    unguarded = {name for name, one in operations(app) if not one.get("security")}
    assert unguarded == OPEN

    for name, _ in operations(app):
        if name not in OPEN:
            method, path = name.split()
            answer = await client.request(method, path.replace("{", "").replace("}", ""))
            assert answer.status_code == 401, name


@pytest.mark.parametrize("path", ["/api/v1/auth/me", "/api/v1/auth/me/"])
async def test_a_path_may_end_in_a_slash(
    client: httpx2.AsyncClient, person: SignedIn, path: str
) -> None:
    assert (await client.get(path, headers=person.headers)).status_code == 200


async def test_unknown_paths_and_methods_are_problems(client: httpx2.AsyncClient) -> None:
    unknown = await client.get("/api/v1/auth/nothing")
    method = await client.put("/api/v1/auth/login", json={})

    assert (unknown.status_code, unknown.json()["code"]) == (404, "not-found")
    assert (method.status_code, method.json()["code"]) == (405, "method-not-allowed")
