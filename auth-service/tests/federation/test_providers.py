"""Which providers there are, by the settings; and what is forgotten."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import time_machine
from fastapi import FastAPI
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.app import create_app
from auth_service.federation.models import OauthFlow
from auth_service.sessions.schedules import forget_the_past
from auth_service.settings import Settings
from servicekit.clock import now
from servicekit.testing.plugin import MakeSettings

OAUTH = "/api/v1/auth/oauth"
GoThere = Callable[..., Awaitable[str]]
Liar = Any


async def test_what_nobody_comes_back_for_is_forgotten(
    app: FastAPI, session: AsyncSession, settings: Settings, go_there: GoThere
) -> None:
    await go_there("liar")

    class Context:
        pass

    context: Any = Context()
    context.sessions, context.settings = app.state.sessions, settings
    await forget_the_past(context)
    assert len((await session.scalars(select(OauthFlow))).all()) == 1
    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        await forget_the_past(context)
    assert (await session.scalars(select(OauthFlow))).all() == []


TENANT = "11111111-2222-3333-4444-555555555555"


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """Another instance of this service."""
    app = create_app(settings)
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as client,
    ):
        yield client


async def test_a_provider_of_many_tenants_signs_for_the_one_it_names(
    database_url: str, make_settings: MakeSettings, liar: Liar
) -> None:
    """As Microsoft does: `{tenantid}` in the description, the tenant's own issuer in tokens."""
    issuer = liar.url + "/{tenantid}/v2.0"
    configured = {
        "issuer": issuer,
        "client_id": "docfliq",
        "client_secret": "a-secret",
        "discovery_url": f"{liar.url}/.well-known/openid-configuration",
        "verified_claim": "xms_edov",
    }
    settings = make_settings(Settings, oidc_providers={"liar": configured})
    body = json.dumps(liar.description() | {"issuer": issuer}).encode()
    liar.answers["/.well-known/openid-configuration"] = (200, body)
    theirs = {"iss": f"{liar.url}/{TENANT}/v2.0", "tid": TENANT}
    answers = []
    async with serving(settings) as client:
        for said in (
            theirs | {"xms_edov": True},
            theirs | {"xms_edov": False, "sub": "two"},
            theirs | {"tid": "22222222-2222-3333-4444-555555555555"},
            {"iss": f"{liar.url}/common/v2.0", "tid": "common"},
            {"iss": issuer, "tid": "{tenantid}"},
        ):
            liar.said = said
            sent = await client.get(f"{OAUTH}/liar/authorize")
            location = sent.headers["location"]
            state = httpx2.URL(location).params["state"]
            query = {"state": state, "code": liar.grant(location)}
            answers.append(await client.get(f"{OAUTH}/liar/callback", params=query))

    assert [one.status_code for one in answers] == [200, 403, 401, 401, 401]


async def test_google_and_microsoft_need_only_their_client_and_the_local_one_development(
    database_url: str, make_settings: MakeSettings
) -> None:
    async def offered(**said: Any) -> dict[str, str]:
        settings = make_settings(Settings, local_oidc_url="http://127.0.0.1:8013", **said)
        async with serving(settings) as client:
            listed = (await client.get(f"{OAUTH}/providers")).json()["items"]
        return {one["id"]: one["issuer"] for one in listed}

    named = {"google_client_id": "g", "microsoft_client_id": "m"}
    assert await offered(DOCFLIQ_DEV=False, **named) == {
        "google": "https://accounts.google.com",
        "microsoft": "https://login.microsoftonline.com/{tenantid}/v2.0",
    }
    assert await offered(DOCFLIQ_DEV=True) == {"local": "http://127.0.0.1:8013"}


def test_a_provider_is_asked_over_tls_outside_development(
    database_url: str, make_settings: MakeSettings
) -> None:
    named = {"clinic": {"issuer": "http://id.example.com", "client_id": "docfliq"}}
    assert make_settings(Settings, oidc_providers=named)
    with pytest.raises(ValidationError, match="clinic needs https"):
        make_settings(Settings, oidc_providers=named, DOCFLIQ_DEV=False)
    named["clinic"] |= {
        "issuer": "https://id.example.com",
        "discovery_url": "http://id.example.com",
    }
    with pytest.raises(ValidationError, match="clinic needs https"):
        make_settings(Settings, oidc_providers=named, DOCFLIQ_DEV=False)


async def test_browsers_may_reach_a_provider_by_another_address(
    database_url: str, make_settings: MakeSettings, liar: Liar
) -> None:
    settings = make_settings(
        Settings, local_oidc_url=liar.url, local_oidc_browser_url="http://localhost:8013"
    )
    async with serving(settings) as client:
        location = (await client.get(f"{OAUTH}/local/authorize")).headers["location"]
        assert location.startswith("http://localhost:8013/authorize?response_type=code&")
        query = {"state": httpx2.URL(location).params["state"], "code": liar.grant(location)}
        assert (await client.get(f"{OAUTH}/local/callback", params=query)).status_code == 200
