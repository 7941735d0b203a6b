"""Who may call what: walks every route of a service, as every role and as nobody."""

import re
from collections.abc import Iterator, Mapping

import httpx2
from fastapi import FastAPI

from contracts.access import Role
from servicekit.ids import uuid7

API = "/api/v1"

Wrong = tuple[str, int, str]
"""A route, its status, and the code of its problem."""


def named(method: str, path: str) -> str:
    """A route as `<METHOD> <path>` below the API's prefix, its parameters blank."""
    return re.sub(r"\{[^}]*\}", "{}", f"{method.upper()} {path.removeprefix(API)}")


def routes(app: FastAPI) -> Iterator[tuple[str, bool]]:
    """Every route that answers at once, and whether it needs a token."""
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            if "text/event-stream" not in operation["responses"].get("200", {}).get("content", {}):
                yield named(method, path), _needs_token(operation)


def least_roles(app: FastAPI) -> dict[str, Role]:
    """The role that a route asks for, where it asks for one."""
    return {
        named(method, path): Role(least)
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
        for scheme in operation["security"]
        for least in scheme.get("bearer", [])
    }


async def call(
    client: httpx2.AsyncClient, route: str, headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """What a route answers to an empty body about something that does not exist."""
    method, path = route.split()
    body: dict[str, str] | None = {} if method in {"POST", "PUT", "PATCH"} else None
    where = path if path.startswith("/.") else API + path.format(*[uuid7()] * path.count("{}"))
    answer = await client.request(method, where, headers=headers, json=body)
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    return answer.status_code, answer.json()["code"] if is_problem else ""


async def wrong_for_strangers(app: FastAPI, client: httpx2.AsyncClient) -> list[Wrong]:
    """The routes that answer without a token though they need one, or the other way round."""
    wrong = []
    for route, needs_token in routes(app):
        status, code = await call(client, route)
        if (code == "unauthorized") is not needs_token or status >= 500:
            wrong.append((route, status, code))
    return wrong


async def wrong_for(
    app: FastAPI,
    client: httpx2.AsyncClient,
    headers: Mapping[str, str],
    role: Role,
    least: Mapping[str, Role],
) -> list[Wrong]:
    """The routes that admit or refuse this role though `least` says otherwise."""
    wrong = []
    # Whoever leaves for good leaves last.
    for route, needs_token in sorted(routes(app), key=lambda one: one[0] == "DELETE /users/me"):
        if needs_token:
            status, code = await call(client, route, headers)
            may = role.rank >= least.get(route, Role.STUDENT).rank
            if (code != "forbidden") is not may or status == 401 or status >= 500:
                wrong.append((route, status, code))
    return wrong


def _needs_token(operation: dict[str, object]) -> bool:
    schemes = operation["security"]
    return bool(schemes) and {} not in (schemes if isinstance(schemes, list) else [])
