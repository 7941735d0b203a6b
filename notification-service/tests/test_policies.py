"""Who may call what: every route of this service, as every role and as nobody."""

from collections.abc import Callable

import httpx2
import pytest
from fastapi import FastAPI

from contracts.access import Role
from servicekit.testing import policies
from servicekit.testing.callers import TestCaller

FOR_ADMINS = {
    "GET /admin/dead-letters",
    "GET /admin/dead-letters/{}",
    "DELETE /admin/dead-letters/{}",
    "POST /admin/dead-letters/{}/replay",
    "POST /admin/dead-letters/replay",
    "GET /audit",
    "GET /audit/verify",
    "GET /audit/export",
}
LEAST = dict.fromkeys(FOR_ADMINS, Role.ADMIN)


def test_every_route_that_asks_for_a_role_is_named(app: FastAPI) -> None:
    assert len(list(policies.routes(app))) >= 15
    assert policies.least_roles(app) == LEAST


async def test_without_a_token_only_open_routes_answer(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    assert await policies.wrong_for_strangers(app, client) == []


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_may_call_what_it_reaches_and_nothing_else(
    app: FastAPI, client: httpx2.AsyncClient, make_caller: Callable[..., TestCaller], role: Role
) -> None:
    headers = make_caller(role=role).headers

    assert await policies.wrong_for(app, client, headers, role, LEAST) == []
