"""Providers that lie, are slow, or are gone: nothing comes of it, and the answer says so."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from auth_service.accounts.models import User
from auth_service.federation import openid
from servicekit.clock import now

OAUTH = "/api/v1/auth/oauth"
APP = "https://app.example.com/signed-in"
FOREIGN = rsa.generate_private_key(public_exponent=65537, key_size=2048)

GoThere = Callable[..., Awaitable[str]]
ComeBack = Callable[..., Awaitable[httpx2.Response]]
Liar = Any


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed_with_the_public_key(liar: Liar) -> Callable[[dict[str, Any]], str]:
    """HS256 whose secret is what everybody can read: the PEM of the published key."""
    [published] = liar.jwks()["keys"]
    public = jwt.PyJWK(published).key
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    def sign(claims: dict[str, Any]) -> str:
        header = {"alg": "HS256", "typ": "JWT", "kid": published["kid"]}
        said = ".".join(b64(json.dumps(one).encode()) for one in (header, claims))
        return f"{said}.{b64(hmac.new(pem, said.encode(), hashlib.sha256).digest())}"

    return sign


@pytest.fixture
def arrive(liar: Liar, go_there: GoThere, come_back: ComeBack) -> Callable[..., Any]:
    """`await arrive(email=…)`: what the callback answers to somebody with these claims."""

    async def arrive(**claims: Any) -> httpx2.Response:
        location = await go_there("liar")
        return await come_back("liar", location, code=liar.grant(location, **claims))

    return arrive


async def test_the_question_carries_pkce_state_and_nonce(go_there: GoThere, liar: Liar) -> None:
    first, second = httpx2.URL(await go_there("liar")), httpx2.URL(await go_there("liar"))

    assert str(first).startswith(f"{liar.url}/authorize?")
    asked = first.params
    assert (asked["response_type"], asked["client_id"]) == ("code", "docfliq")
    assert asked["scope"] == "openid email profile"
    assert asked["redirect_uri"] == f"http://localhost:8000{OAUTH}/liar/callback"
    assert asked["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name]) == 43
        assert asked[name] != second.params[name]


async def test_the_browser_keeps_a_cookie_that_no_script_reads(client: httpx2.AsyncClient) -> None:
    sent = await client.get(f"{OAUTH}/liar/authorize")

    name, *attributes = sent.headers["set-cookie"].split("; ")
    assert name.startswith("docfliq_oauth=")
    assert {"HttpOnly", "SameSite=lax", "Path=/api/v1/auth/oauth", "Max-Age=600"} <= set(attributes)


async def test_an_honest_answer_signs_in(arrive: Callable[..., Any]) -> None:
    assert (await arrive()).status_code == 200


LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://accounts.example.com"},
    "an issuer with a slash more": {"iss": "http://127.0.0.1/"},
    "another audience": {"aud": "somebody-else"},
    "no audience": {"aud": []},
    "several audiences and no party": {"aud": ["docfliq", "somebody-else"]},
    "another party": {"aud": ["docfliq", "somebody-else"], "azp": "somebody-else"},
    "another party for us alone": {"azp": "somebody-else"},
    "another nonce": {"nonce": "n" * 43},
    "a nonce that is no text": {"nonce": 7},
    "no nonce": {"nonce": None},
    "expired": {"exp": 1_700_000_000},
    "made tomorrow": {"iat": 4_000_000_000},
    "not yet good": {"nbf": 4_000_000_000},
    "times that are no times": {"exp": "soon"},
    "no subject": {"sub": ""},
    "a subject that is no text": {"sub": 7},
    "a subject with a control character": {"sub": "a\x00b"},
    "an endless subject": {"sub": "x" * 300},
}


@pytest.mark.parametrize("said", LIES.values(), ids=LIES.keys())
async def test_a_lie_in_the_token_proves_nothing(
    session: AsyncSession, liar: Liar, arrive: Callable[..., Any], said: dict[str, Any]
) -> None:
    liar.said = said
    answer = await arrive()

    assert (answer.status_code, answer.json()["code"]) == (401, "identity-not-proved")
    assert (await session.scalars(select(User))).all() == []


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "exp", "iat", "nonce"])
async def test_a_claim_that_is_missing_proves_nothing(
    liar: Liar, arrive: Callable[..., Any], missing: str
) -> None:
    liar.without = {missing}
    answer = await arrive()

    assert (answer.status_code, answer.json()["code"]) == (401, "identity-not-proved")


async def test_only_the_providers_own_signature_counts(
    liar: Liar, arrive: Callable[..., Any]
) -> None:
    ways: dict[str, Callable[[dict[str, Any]], str]] = {
        "alg none": lambda claims: jwt.encode(claims, "", algorithm="none"),
        "HS256 with the public key": signed_with_the_public_key(liar),
        "a foreign key": lambda claims: jwt.encode(
            claims, FOREIGN, algorithm="RS256", headers={"kid": "first"}
        ),
        "a key that nobody published": lambda claims: jwt.encode(
            claims, FOREIGN, algorithm="RS256", headers={"kid": "other"}
        ),
        "a changed payload": lambda claims: changed(liar.honest(claims)),
        "another algorithm than the key's": lambda claims: jwt.encode(
            claims, openid_key(liar), algorithm="RS512", headers={"kid": "first"}
        ),
        "no token at all": lambda _: "nonsense",
        "five parts": lambda claims: liar.honest(claims) + ".e.f",
    }
    for name, sign in ways.items():
        liar.sign = sign
        answer = await arrive()
        assert (answer.status_code, answer.json()["code"]) == (401, "identity-not-proved"), name


def changed(token: str) -> str:
    """The same with another subject, and the signature as it was."""
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return f"{header}.{b64(json.dumps(claims | {'sub': 'two'}).encode())}.{signature}"


def openid_key(liar: Liar) -> Any:
    """The provider's own private key."""
    return type(liar).honest.__globals__["KEY"]


async def test_a_key_for_another_use_signs_nobody_in(
    liar: Liar, arrive: Callable[..., Any]
) -> None:
    [key] = liar.jwks()["keys"]
    for bent in ({"use": "enc"}, {"alg": "HS256"}, {"alg": "none"}, {"kty": "oct", "k": "AA"}):
        body = json.dumps({"keys": [key | bent]}).encode()
        liar.answers["/jwks"] = (200, body)
        assert (await arrive()).status_code == 401


async def test_new_keys_are_fetched_but_not_for_everybody_who_invents_one(
    liar: Liar, arrive: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await arrive()).status_code == 200
    liar.kid = "second"
    for _ in range(3):
        assert (await arrive()).status_code == 401
    assert liar.asked.count("/jwks") == 1

    monkeypatch.setattr(openid, "REFETCH_SECS", 0)
    assert (await arrive()).status_code == 200
    assert liar.asked.count("/jwks") == 2
    assert liar.asked.count("/.well-known/openid-configuration") == 1


async def test_an_address_counts_only_if_the_provider_says_so(
    liar: Liar, arrive: Callable[..., Any]
) -> None:
    refused: tuple[Any, ...] = (False, "false", None, 0, "yes", [])
    for said in refused:
        answer = await arrive(email_verified=said)
        assert (answer.status_code, answer.json()["code"]) == (403, "address-not-verified"), said
    assert (await arrive(email="no address")).status_code == 403
    assert (await arrive(email=7)).status_code == 403
    assert (await arrive(email_verified="true", name="\x00" * 3)).status_code == 200


async def test_an_address_may_come_from_userinfo_of_the_same_person(
    liar: Liar, arrive: Callable[..., Any]
) -> None:
    liar.without = {"email", "email_verified"}
    said = {"sub": "two", "email": "asha@example.com", "email_verified": True}
    liar.answers["/userinfo"] = (200, json.dumps(said).encode())
    assert (await arrive()).json()["code"] == "identity-not-proved"

    liar.answers["/userinfo"] = (200, json.dumps(said | {"sub": "one"}).encode())
    assert (await arrive()).status_code == 200


async def test_a_sign_in_ends_where_it_began_once_and_soon(
    client: httpx2.AsyncClient, liar: Liar, go_there: GoThere, come_back: ComeBack
) -> None:
    async def refused(location: str, provider: str = "liar", **query: str) -> None:
        answer = await come_back(provider, location, code=liar.grant(location), **query)
        assert (answer.status_code, answer.json()["code"]) == (400, "sign-in-not-begun")

    location = await go_there("liar")
    await refused(location, state="s" * 43)
    await refused(location, state="")
    await refused(location, provider="real")
    with time_machine.travel(now() + timedelta(minutes=11), tick=True):
        await refused(location)
    await refused(location)

    location = await go_there("liar")
    mine = client.cookies.get("docfliq_oauth")
    client.cookies.clear()
    await refused(location)
    client.cookies.set("docfliq_oauth", "x" * 43)
    await refused(location)
    client.cookies.clear()
    client.cookies.set("docfliq_oauth", str(mine))
    first = await come_back("liar", location, code=liar.grant(location))
    assert first.status_code == 200
    await refused(location)


async def test_two_tabs_do_not_disturb_each_other(
    liar: Liar, go_there: GoThere, come_back: ComeBack
) -> None:
    one, two = await go_there("liar"), await go_there("liar")
    for location in (one, two):
        answer = await come_back("liar", location, code=liar.grant(location))
        assert answer.status_code == 200


async def test_a_code_is_good_once_and_for_who_asked(
    client: httpx2.AsyncClient, liar: Liar, go_there: GoThere, come_back: ComeBack
) -> None:
    one, two = await go_there("liar"), await go_there("liar")
    stolen = liar.grant(one)
    injected = await come_back("liar", two, code=stolen)
    assert (injected.status_code, injected.json()["code"]) == (401, "oauth-code-not-valid")

    body = {"code": liar.grant(one), "redirect_uri": APP, "code_verifier": "v" * 43}
    foreign = await client.post(f"{OAUTH}/liar", json=body)
    assert (foreign.status_code, foreign.json()["code"]) == (401, "oauth-code-not-valid")


async def test_a_provider_that_makes_no_sense_is_not_available(
    liar: Liar, arrive: Callable[..., Any], session: AsyncSession
) -> None:
    huge = b'{"access_token": "' + b"x" * 400_000 + b'"}'
    deep, odd = b'{"id_token": ' + b"[" * 100_000, b'{"error": ["invalid_grant"]}'
    refused = b'{"error": "invalid_client"}'
    for body in (huge, deep, odd, refused, b"<html>", b"[]", b'"a"', b"null", b"", b"\xff"):
        liar.answers["/token"] = (200, body)
        answer = await arrive()
        assert (answer.status_code, answer.json()["code"]) == (503, "provider-unavailable"), body
        assert answer.headers["retry-after"] == "30"
    liar.answers["/token"] = (502, b"bad gateway")
    assert (await arrive()).status_code == 503
    liar.answers["/token"] = (200, b'{"access_token": "at", "token_type": "Bearer"}')
    assert (await arrive()).json()["code"] == "identity-not-proved"
    assert (await session.scalars(select(User))).all() == []


async def test_a_description_must_be_the_providers_own(
    client: httpx2.AsyncClient, liar: Liar
) -> None:
    liar.answers["/.well-known/openid-configuration"] = (200, b"[" * 100_000)
    assert (await client.get(f"{OAUTH}/liar/authorize")).status_code == 503
    bends: tuple[dict[str, Any], ...] = (
        {"issuer": "https://accounts.example.com"},
        {"issuer": None},
        {"token_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    )
    for bent in bends:
        body = json.dumps(liar.description() | bent).encode()
        liar.answers["/.well-known/openid-configuration"] = (200, body)
        answer = await client.get(f"{OAUTH}/liar/authorize")
        assert (answer.status_code, answer.json()["code"]) == (503, "provider-unavailable"), bent


async def test_a_slow_provider_is_given_up(
    client: httpx2.AsyncClient, liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openid, "SECONDS", 0.4)
    liar.delay_secs = 2
    began = time.monotonic()
    answer = await client.get(f"{OAUTH}/liar/authorize")

    assert (answer.status_code, answer.json()["code"]) == (503, "provider-unavailable")
    assert time.monotonic() - began < 1.5


async def test_a_provider_that_is_gone_is_said_to_be(
    client: httpx2.AsyncClient, liar: Liar, go_there: GoThere, come_back: ComeBack
) -> None:
    location = await go_there("liar")
    code = liar.grant(location)
    liar.close()
    begun = await client.get(f"{OAUTH}/real-but-gone/authorize")
    answer = await come_back("liar", location, code=code)

    for one in (begun, answer):
        assert (one.status_code, one.json()["code"]) == (503, "provider-unavailable")
        assert one.headers["retry-after"] == "30"


async def test_whoever_waits_for_a_slow_provider_leaves_places_for_others(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openid, "AT_ONCE", 0)
    answer = await client.get(f"{OAUTH}/liar/authorize")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
