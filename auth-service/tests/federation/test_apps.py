"""Apps that asked the provider themselves: whose code it is has to show."""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User

OAUTH = "/api/v1/auth/oauth"
APP = "docfliq://signed-in"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")

Liar = Any
GoThere = Callable[..., Awaitable[str]]
ComeBack = Callable[..., Awaitable[httpx2.Response]]
Send = Callable[..., Awaitable[tuple[int, str | None]]]


@pytest.fixture
def send(client: httpx2.AsyncClient, liar: Liar) -> Send:
    """`await send(asked="nonce=n", nonce="n")`: status and code of the answer to an app's code."""

    async def send(
        provider: str = "liar", *, asked: str = f"code_challenge={CHALLENGE.decode()}", **body: str
    ) -> tuple[int, str | None]:
        sent = {"code": liar.grant(f"{liar.url}/authorize?{asked}"), "redirect_uri": APP, **body}
        answer = await client.post(f"{OAUTH}/{provider}", json=sent)
        return answer.status_code, answer.json().get("code")

    return send


async def test_a_code_is_of_no_use_to_whoever_finds_it(
    send: Send, liar: Liar, session: AsyncSession
) -> None:
    assert await send() == (422, "code-not-bound")
    assert liar.asked == []

    assert await send(code_verifier="w" * 43) == (401, "oauth-code-not-valid")
    assert await send(asked="nonce=mine", nonce="guessed") == (401, "identity-not-proved")
    assert await send(asked="", nonce="guessed") == (401, "identity-not-proved")
    assert (await session.scalars(select(User))).all() == []

    assert await send(code_verifier=VERIFIER) == (200, None)
    assert await send(asked="nonce=mine", nonce="mine") == (200, None)


async def test_the_settings_say_what_binds_a_code_at_each_provider(
    send: Send, liar: Liar, client: httpx2.AsyncClient
) -> None:
    for provider, body, needed in (
        ("without-pkce", {"code_verifier": VERIFIER}, "/nonce"),
        # Our client there has no secret: a nonce alone binds nothing (RFC 9700, section 2.1.1).
        ("real-but-gone", {"nonce": "mine"}, "/code_verifier"),
    ):
        sent = {"code": "a-code", "redirect_uri": APP, **body}
        answer = await client.post(f"{OAUTH}/{provider}", json=sent)
        assert (answer.status_code, answer.json()["code"]) == (422, "code-not-bound")
        assert [one["pointer"] for one in answer.json()["errors"]] == [needed]
    assert liar.asked == []

    bound = {"code_verifier": VERIFIER, "nonce": "mine"}
    assert await send("without-pkce", asked="nonce=mine", **bound) == (200, None)


async def test_a_code_goes_to_no_other_provider_than_its_own(
    send: Send, liar: Liar, go_there: GoThere, come_back: ComeBack
) -> None:
    location = await go_there("liar")
    liar.asked.clear()
    back = await come_back(
        "liar", location, code=liar.grant(location), iss="https://id.example.com"
    )
    assert (back.status_code, back.json()["code"]) == (400, "providers-mixed-up")
    mixed_up = await send(code_verifier=VERIFIER, iss="https://id.example.com")
    assert mixed_up == (400, "providers-mixed-up")
    assert liar.asked == []

    liar.said = {"aud": "somebody-else"}
    assert await send(code_verifier=VERIFIER) == (401, "identity-not-proved")
    liar.said = {}
    assert await send(code_verifier=VERIFIER, iss=liar.url) == (200, None)
    location = await go_there("liar")
    back = await come_back("liar", location, code=liar.grant(location), iss=liar.url)
    assert back.status_code == 200
