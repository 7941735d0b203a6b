"""There and back at a real provider (oidc-provider-mock), and whose account it is."""

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pyotp
import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import AccountStatus, User
from auth_service.federation.models import FederatedIdentity
from contracts.auth import MfaChanged, SessionRefused, SessionStarted, UserRegistered
from servicekit.clock import now
from servicekit.testing.messages import published
from servicekit.testing.people import MakePerson

OAUTH = "/api/v1/auth/oauth"
APP = "https://app.example.com/signed-in"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")

GoThere = Callable[..., Awaitable[str]]
Agree = Callable[[str, str], Awaitable[httpx2.URL]]


async def sign_in(
    client: httpx2.AsyncClient, go_there: GoThere, agree: Agree, who: str = "asha"
) -> httpx2.Response:
    back = await agree(await go_there("real"), who)
    assert back.path == f"{OAUTH}/real/callback"
    return await client.get(back.raw_path.decode())


async def test_the_providers_are_listed(client: httpx2.AsyncClient, real_provider: str) -> None:
    listed = (await client.get(f"{OAUTH}/providers")).json()

    ids = [one["id"] for one in listed["items"]]
    assert ids == ["real", "real-but-gone", "liar", "without-pkce"]
    assert listed["items"][0] == {
        "id": "real",
        "name": "Real",
        "issuer": real_provider,
        "client_id": "docfliq",
        "scopes": ["openid", "email", "profile"],
        "authorize_url": f"http://localhost:8000{OAUTH}/real/authorize",
    }
    unknown = await client.get(f"{OAUTH}/nobody/authorize")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "provider-not-found")


async def test_a_new_person_gets_an_account(
    client: httpx2.AsyncClient, session: AsyncSession, go_there: GoThere, agree: Agree
) -> None:
    answer = await sign_in(client, go_there, agree)

    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    me = (await client.get("/api/v1/auth/me", headers=token)).json()
    assert (me["full_name"], me["role"], me["profile_complete"]) == ("Asha Rao", "student", True)
    assert (me["email"].lower(), me["email_verified"]) == ("asha@example.com", True)
    [registered] = await published(session, UserRegistered)
    assert str(registered.user_id) == me["id"]
    [started] = await published(session, SessionStarted)
    assert (started.method, started.way) == ("REGISTRATION", "OIDC")


async def test_a_person_who_comes_again_is_known_by_the_subject_alone(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    go_there: GoThere,
    agree: Agree,
    real_provider: str,
) -> None:
    await sign_in(client, go_there, agree, "mira@example.com")
    async with httpx2.AsyncClient(trust_env=False, base_url=real_provider) as provider:
        said = {"email": "mira@example.com", "email_verified": True}
        await provider.put("/users/mira", json=said)
        first = await sign_in(client, go_there, agree, "mira")
        await provider.put("/users/mira", json={"email": "other@example.com"})
    again = await sign_in(client, go_there, agree, "mira")

    assert (first.status_code, again.status_code) == (200, 200)
    assert len((await session.scalars(select(User))).all()) == 1
    assert [one.way for one in await published(session, SessionStarted)] == ["OIDC", "OIDC"]


async def test_a_verified_address_leads_to_the_account_that_has_it_in_any_spelling(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    make_person: MakePerson,
    go_there: GoThere,
    agree: Agree,
) -> None:
    person = await make_person(email="aSHA@example.com")
    await session.execute(update(User).values(email_verified_at=now()))
    await session.commit()
    answer = await sign_in(client, go_there, agree)

    assert answer.status_code == 200
    [identity] = await session.scalars(select(FederatedIdentity))
    assert identity.user_id == person.id
    [told] = await published(session, MfaChanged)
    assert (told.factor, told.change, told.user_id) == ("OIDC", "ENABLED", person.id)
    # Whoever proved the address before keeps password and sessions.
    refreshed = {"refresh_token": person.refresh_token}
    assert (await client.post("/api/v1/auth/refresh", json=refreshed)).status_code == 200


@pytest.mark.parametrize("claimed", ["anna@straße.de", "anna@xn--strae-oqa.de"])
async def test_an_address_that_only_looks_like_somebodys_leads_to_another_account(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    make_person: MakePerson,
    go_there: GoThere,
    come_back: Callable[..., Awaitable[httpx2.Response]],
    liar: Any,
    claimed: str,
) -> None:
    person = await make_person(email="anna@strasse.de")
    await session.execute(update(User).values(email_verified_at=now()))
    await session.commit()
    location = await go_there("liar")
    code = liar.grant(location, email=claimed, sub="eve")

    assert (await come_back("liar", location, code=code)).status_code == 200
    [identity] = await session.scalars(select(FederatedIdentity))
    assert identity.user_id != person.id


async def test_whoever_registered_with_somebody_elses_address_loses_the_account(
    client: httpx2.AsyncClient, make_person: MakePerson, go_there: GoThere, agree: Agree
) -> None:
    squatter = await make_person(email="asha@example.com")
    assert (await sign_in(client, go_there, agree)).status_code == 200

    body = {"email": "asha@example.com", "password": "correct horse battery"}
    assert (await client.post("/api/v1/auth/login", json=body)).status_code == 401
    refreshed = {"refresh_token": squatter.refresh_token}
    assert (await client.post("/api/v1/auth/refresh", json=refreshed)).status_code == 401


async def test_a_provider_is_not_tied_to_an_account_behind_somebody_elses_app(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    make_person: MakePerson,
    go_there: GoThere,
    agree: Agree,
) -> None:
    squatter = await make_person(email="asha@example.com")
    made = await client.post("/api/v1/auth/mfa/totp", headers=squatter.headers)
    code = {"otp_code": pyotp.TOTP(made.json()["secret"]).now()}
    path = "/api/v1/auth/mfa/totp/confirm"
    assert (await client.post(path, json=code, headers=squatter.headers)).status_code == 200

    assert (await sign_in(client, go_there, agree)).json()["mfa_required"] is True
    assert (await session.scalars(select(FederatedIdentity))).all() == []


async def test_an_unverified_address_is_refused_whether_or_not_somebody_has_it(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    make_person: MakePerson,
    go_there: GoThere,
    agree: Agree,
) -> None:
    unknown = await sign_in(client, go_there, agree, "ravi")
    await make_person(email="ravi@example.com")
    known = await sign_in(client, go_there, agree, "ravi")

    bodies = []
    for one in (unknown, known):
        body = one.json()
        assert (one.status_code, body["code"]) == (403, "address-not-verified")
        bodies.append({name: said for name, said in body.items() if name != "request_id"})
    assert bodies[0] == bodies[1]
    assert (await session.scalars(select(FederatedIdentity))).all() == []


async def test_two_first_sign_ins_at_once_make_one_account(
    client: httpx2.AsyncClient, session: AsyncSession, go_there: GoThere, agree: Agree
) -> None:
    backs = [await agree(await go_there("real"), "asha") for _ in range(4)]
    answers = await asyncio.gather(*[client.get(back.raw_path.decode()) for back in backs])

    assert [one.status_code for one in answers] == [200] * 4
    assert len((await session.scalars(select(User))).all()) == 1
    assert len(await published(session, UserRegistered)) == 1


async def test_a_suspended_person_stays_out(
    client: httpx2.AsyncClient, session: AsyncSession, go_there: GoThere, agree: Agree
) -> None:
    await sign_in(client, go_there, agree)
    await session.execute(update(User).values(status=AccountStatus.SUSPENDED))
    await session.commit()
    answer = await sign_in(client, go_there, agree)

    assert (answer.status_code, answer.json()["code"]) == (403, "account-suspended")
    [refused] = await published(session, SessionRefused)
    assert refused.cause == "SUSPENDED"


async def test_an_authenticator_app_is_asked_for_here_too(
    client: httpx2.AsyncClient, session: AsyncSession, go_there: GoThere, agree: Agree
) -> None:
    first = (await sign_in(client, go_there, agree)).json()
    headers = {"Authorization": f"Bearer {first['access_token']}"}
    made = await client.post("/api/v1/auth/mfa/totp", headers=headers)
    app = pyotp.TOTP(made.json()["secret"])
    code = {"otp_code": app.now()}
    await client.post("/api/v1/auth/mfa/totp/confirm", json=code, headers=headers)

    asked = await sign_in(client, go_there, agree)
    assert asked.json()["mfa_required"] is True
    later = now() + timedelta(seconds=60)
    with time_machine.travel(later, tick=True):
        body = {"mfa_token": asked.json()["mfa_token"], "otp_code": app.at(later)}
        passed = await client.post("/api/v1/auth/mfa/verify", json=body)
    assert passed.status_code == 200, passed.text
    last = (await published(session, SessionStarted))[-1]
    assert (last.way, last.second_factor) == ("OIDC", True)


async def test_a_web_app_fetches_the_session_with_its_own_verifier(
    client: httpx2.AsyncClient, session: AsyncSession, go_there: GoThere, agree: Agree
) -> None:
    wish = {"redirect_uri": APP, "code_challenge": CHALLENGE.decode()}
    back = await agree(await go_there("real", **wish), "asha")
    returned = await client.get(back.raw_path.decode())
    assert returned.status_code == 303
    code = httpx2.URL(returned.headers["location"]).params["code"]
    assert returned.headers["location"].startswith(f"{APP}?code=docfliq.")
    assert await published(session, SessionStarted) == []

    body = {"code": code, "redirect_uri": APP, "code_verifier": VERIFIER}
    unbound = await client.post(f"{OAUTH}/real", json=body | {"code_verifier": None, "nonce": "n"})
    fetched = await client.post(f"{OAUTH}/real", json=body)
    again = await client.post(f"{OAUTH}/real", json=body)
    assert (unbound.status_code, unbound.json()["code"]) == (422, "code-not-bound")
    assert fetched.status_code == 200, fetched.text
    assert (again.status_code, again.json()["code"]) == (401, "oauth-code-not-valid")
    [started] = await published(session, SessionStarted)
    assert (started.method, started.way) == ("REGISTRATION", "OIDC")


async def test_a_handed_over_code_is_for_one_app_provider_and_minute(
    client: httpx2.AsyncClient, go_there: GoThere, agree: Agree
) -> None:
    async def fetch(provider: str = "real", later: float = 0, **bent: str) -> int:
        wish = {"redirect_uri": APP, "code_challenge": CHALLENGE.decode()}
        back = await agree(await go_there("real", **wish), "asha")
        returned = await client.get(back.raw_path.decode())
        code = httpx2.URL(returned.headers["location"]).params["code"]
        body = {"code": code, "redirect_uri": APP, "code_verifier": VERIFIER} | bent
        with time_machine.travel(now() + timedelta(seconds=later), tick=True):
            return (await client.post(f"{OAUTH}/{provider}", json=body)).status_code

    assert await fetch() == 200
    assert await fetch(code_verifier="w" * 43) == 401
    assert await fetch(redirect_uri="docfliq://signed-in") == 401
    assert await fetch("liar") == 401
    assert await fetch(later=61) == 401


@pytest.mark.parametrize("by_leaving", [True, False])
async def test_a_handed_over_code_ends_with_the_sessions_that_were_there(
    client: httpx2.AsyncClient,
    session: AsyncSession,
    make_person: MakePerson,
    go_there: GoThere,
    agree: Agree,
    by_leaving: bool,  # noqa: FBT001  (pytest's own parameter)
) -> None:
    person = await make_person(email="asha@example.com")
    await session.execute(update(User).values(email_verified_at=now()))
    await session.commit()
    wish = {"redirect_uri": APP, "code_challenge": CHALLENGE.decode()}
    back = await agree(await go_there("real", **wish), "asha")
    returned = await client.get(back.raw_path.decode())
    code = httpx2.URL(returned.headers["location"]).params["code"]
    if by_leaving:
        body = {"refresh_token": person.refresh_token}
        ended = await client.post("/api/v1/auth/logout-all", json=body)
    else:
        body = {"current_password": "correct horse battery", "new_password": "a new one entirely"}
        path = "/api/v1/auth/change-password"
        ended = await client.post(path, json=body, headers=person.headers)
    assert ended.status_code == 204, ended.text

    body = {"code": code, "redirect_uri": APP, "code_verifier": VERIFIER}
    fetched = await client.post(f"{OAUTH}/real", json=body)
    assert (fetched.status_code, fetched.json()["code"]) == (401, "oauth-code-not-valid")


async def test_a_web_app_is_told_what_went_wrong(
    client: httpx2.AsyncClient, go_there: GoThere, agree: Agree
) -> None:
    wish = {"redirect_uri": APP, "code_challenge": CHALLENGE.decode()}
    back = await agree(await go_there("real", **wish), "ravi")
    returned = await client.get(back.raw_path.decode())

    assert returned.headers["location"] == f"{APP}?error=address-not-verified"


async def test_nobody_is_returned_to_an_address_that_is_not_allowed(
    client: httpx2.AsyncClient,
) -> None:
    for address in ("https://evil.example.com/", f"{APP}/../x", f"{APP}?next=//evil", "//evil"):
        query = {"redirect_uri": address, "code_challenge": CHALLENGE.decode()}
        begun = await client.get(f"{OAUTH}/real/authorize", params=query)
        assert (begun.status_code, begun.json()["code"]) == (400, "redirect-not-allowed")
        body = {"code": "x", "redirect_uri": address}
        sent = await client.post(f"{OAUTH}/real", json=body)
        assert (sent.status_code, sent.json()["code"]) == (400, "redirect-not-allowed")

    alone = await client.get(f"{OAUTH}/real/authorize", params={"redirect_uri": APP})
    assert alone.status_code == 422


async def test_an_app_that_asked_the_provider_itself_sends_its_code(
    client: httpx2.AsyncClient, agree: Agree, real_provider: str
) -> None:
    query = {
        "client_id": "docfliq",
        "response_type": "code",
        "scope": "openid email profile",
        "redirect_uri": "docfliq://signed-in",
        "nonce": "a-nonce",
        "code_challenge": CHALLENGE.decode(),
        "code_challenge_method": "S256",
        "state": "theirs",
    }
    asked = str(httpx2.URL(f"{real_provider}/oauth2/authorize", params=query))
    code = (await agree(asked, "asha")).params["code"]
    body = {"code": code, "redirect_uri": "docfliq://signed-in", "code_verifier": VERIFIER}

    signed_in = await client.post(f"{OAUTH}/real", json=body | {"nonce": "a-nonce"})
    replayed = await client.post(f"{OAUTH}/real", json=body)
    assert signed_in.status_code == 200, signed_in.text
    assert (replayed.status_code, replayed.json()["code"]) == (401, "oauth-code-not-valid")


async def test_who_declines_at_the_provider_is_told_so(
    client: httpx2.AsyncClient, go_there: GoThere
) -> None:
    location = await go_there("real")
    async with httpx2.AsyncClient(trust_env=False) as browser:
        sent = await browser.post(location, data={"action": "deny"})
    back = httpx2.URL(sent.headers["location"])
    state = httpx2.URL(location).params["state"]
    answer = await client.get(
        f"{OAUTH}/real/callback", params={"state": state, "error": back.params["error"]}
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "sign-in-declined")
