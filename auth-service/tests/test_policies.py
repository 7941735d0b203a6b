"""Who may call what: every route of this service, as every role and as nobody."""

import re
from collections.abc import Iterator
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI

from contracts.access import Role
from servicekit.testing.people import MakePerson, SignedIn

API = "/api/v1"
FOR_MODERATORS = {
    "GET /verification/queue",
    "GET /verification/{}",
    "POST /verification/{}/review",
    "POST /admin/users/{}/suspend",
    "POST /admin/users/{}/reinstate",
    "GET /admin/social/reports",
    "POST /admin/social/reports/{}/review",
}
FOR_ADMINS = {
    "GET /users",
    "GET /users/all",
    "POST /users",
    "GET /users/{}",
    "PATCH /users/{}",
    "GET /admin/users",
    "POST /admin/users/{}/roles",
    "POST /auth/admin",
    "GET /admin/invites",
    "POST /admin/invites",
    "DELETE /admin/invites/{}",
}
LEAST = dict.fromkeys(FOR_MODERATORS, Role.MODERATOR) | dict.fromkeys(FOR_ADMINS, Role.ADMIN)
"""What a route asks of a role; one that is not named asks for a token, or for nothing at all."""


def routes(app: FastAPI) -> Iterator[tuple[str, bool]]:
    """Every route as `<METHOD> <path>` with its parameters blank, and whether it needs a token."""
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            blank = re.sub(r"\{[^}]*\}", "{}", path.removeprefix(API))
            yield f"{method.upper()} {blank}", operation["security"] != []


async def call(
    client: httpx2.AsyncClient, route: str, person: SignedIn | None = None
) -> tuple[int, str]:
    """What a route answers to an empty body about something that does not exist."""
    method, path = route.split()
    headers = person.headers if person else {}
    body: dict[str, str] | None = {} if method in {"POST", "PATCH"} else None
    where = path if path.startswith("/.") else API + path.format(*[uuid4()] * path.count("{}"))
    answer = await client.request(method, where, headers=headers, json=body)
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    return answer.status_code, answer.json()["code"] if is_problem else ""


async def test_every_route_that_a_role_may_call_is_named_as_it_is(app: FastAPI) -> None:
    asked = {
        re.sub(r"\{[^}]*\}", "{}", f"{method.upper()} {path.removeprefix(API)}"): Role(least)
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
        for scheme in operation["security"]
        for least in scheme.get("bearer", [])
    }

    assert len(list(routes(app))) > 60
    assert asked == LEAST


async def test_without_a_token_only_open_routes_answer(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    for route, needs_token in routes(app):
        status, code = await call(client, route)
        assert (code == "unauthorized") is needs_token, (route, status, code)


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_may_call_what_it_reaches_and_nothing_else(
    app: FastAPI, client: httpx2.AsyncClient, make_person: MakePerson, role: Role
) -> None:
    person = await make_person(role=role)
    for route, needs_token in routes(app):
        if needs_token:
            status, code = await call(client, route, person)
            may = role.rank >= LEAST.get(route, Role.STUDENT).rank
            assert (code != "forbidden") is may, (route, status, code)
            assert status not in {401, 500}, (route, status, code)


async def test_what_is_not_ones_own_is_not_there(
    client: httpx2.AsyncClient, person: SignedIn, admin: SignedIn
) -> None:
    """An admin does not sign others out by their sessions' ids: there are suspensions for that."""
    own = (await client.get(f"{API}/auth/sessions", headers=person.headers)).json()["items"]
    path = f"{API}/auth/sessions/{own[0]['id']}"
    theirs = await client.delete(path, headers=admin.headers)

    assert (theirs.status_code, theirs.json()["code"]) == (404, "session-not-found")
    assert (await client.delete(path, headers=person.headers)).status_code == 204
