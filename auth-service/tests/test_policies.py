"""Who may call what: every route of this service, as every role and as nobody."""

import httpx2
import pytest
from fastapi import FastAPI

from contracts.access import Role
from servicekit.testing import policies
from servicekit.testing.people import MakePerson, SignedIn

FOR_MODERATORS = {
    "GET /verification/queue",
    "GET /verification/{}",
    "POST /verification/{}/review",
    "GET /admin/users",
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
    "DELETE /users/{}",
    "POST /admin/users/{}/roles",
    "POST /auth/admin",
    "GET /admin/invites",
    "POST /admin/invites",
    "DELETE /admin/invites/{}",
}
LEAST = dict.fromkeys(FOR_MODERATORS, Role.MODERATOR) | dict.fromkeys(FOR_ADMINS, Role.ADMIN)
"""What a route asks of a role; one that is not named asks for a token, or for nothing at all."""


async def test_every_route_that_a_role_may_call_is_named_as_it_is(app: FastAPI) -> None:
    assert len(list(policies.routes(app))) > 60
    assert policies.least_roles(app) == LEAST


async def test_without_a_token_only_open_routes_answer(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    assert await policies.wrong_for_strangers(app, client) == []


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_may_call_what_it_reaches_and_nothing_else(
    app: FastAPI, client: httpx2.AsyncClient, make_person: MakePerson, role: Role
) -> None:
    person = await make_person(role=role)

    assert await policies.wrong_for(app, client, person.headers, role, LEAST) == []


async def test_what_is_not_ones_own_is_not_there(
    client: httpx2.AsyncClient, person: SignedIn, admin: SignedIn
) -> None:
    """An admin does not sign others out by their sessions' ids: there are suspensions for that."""
    own = (await client.get(f"{policies.API}/auth/sessions", headers=person.headers)).json()[
        "items"
    ]
    path = f"{policies.API}/auth/sessions/{own[0]['id']}"
    theirs = await client.delete(path, headers=admin.headers)

    assert (theirs.status_code, theirs.json()["code"]) == (404, "session-not-found")
    assert (await client.delete(path, headers=person.headers)).status_code == 204
