"""A real provider, one that lies, and a browser that goes there and back."""

import base64
import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from typing_extensions import override

from auth_service.settings import Settings
from servicekit.testing.plugin import MakeSettings

OAUTH = "/api/v1/auth/oauth"
APP = "https://app.example.com/signed-in"
REAL_PROVIDER = """
import logging, time
from oidc_provider_mock import User, run_server_in_thread

logging.disable()
asha = {"name": "Asha Rao", "email": "Asha@Example.com", "email_verified": True}
ravi = {"email": "ravi@example.com", "email_verified": False}
people = [User(sub="asha", claims=asha), User(sub="ravi", claims=ravi)]
with run_server_in_thread(require_nonce=True, user_claims=people) as server:
    print(server.server_port, flush=True)
    time.sleep(3600)
"""
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Liar:
    """A provider whose every answer a test may bend. `said` goes over the claims of ID tokens."""

    said: dict[str, Any] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    delay_secs: float = 0.0
    sign: Callable[[dict[str, Any]], str] | None = None
    kid: str = "first"
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0
    close: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "userinfo_endpoint": f"{self.url}/userinfo",
        }

    def jwks(self) -> dict[str, Any]:
        public: dict[str, Any] = json.loads(
            jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=False)
        )
        return {"keys": [public | {"kid": self.kid, "use": "sig", "alg": "RS256"}]}

    def grant(self, location: str, code: str = "a-code", **claims: Any) -> str:
        """The person agreed to what the browser asked for; the code that it returns with."""
        asked = {name: one[0] for name, one in parse_qs(urlsplit(location).query).items()}
        self.codes[code] = {"challenge": asked.get("code_challenge"), "claims": claims}
        self.codes[code]["claims"].setdefault("nonce", asked.get("nonce"))
        return code

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """RFC 6749 §4.1.3 with RFC 7636: each code once, and only with the right verifier."""
        granted = self.codes.pop(form.get("code", ""), None)
        shown = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(shown).rstrip(b"=").decode()
        if granted is None or granted["challenge"] not in {None, challenge}:
            return 400, {"error": "invalid_grant"}
        present = int(time.time())
        claims = {
            "iss": self.url,
            "sub": "one",
            "aud": "docfliq",
            "iat": present,
            "exp": present + 300,
            "email": "asha@example.com",
            "email_verified": True,
            "name": "Asha Rao",
        }
        claims |= granted["claims"] | self.said
        claims = {name: one for name, one in claims.items() if name not in self.without}
        signed = self.sign(claims) if self.sign else self.honest(claims)
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": signed}

    def honest(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": self.kid})

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        self.asked.append(path)
        time.sleep(self.delay_secs)
        if path in self.answers:
            return self.answers[path]
        if path == "/token":
            status, body = self.token(form)
            return status, json.dumps(body).encode()
        pages = {
            "/.well-known/openid-configuration": self.description,
            "/jwks": self.jwks,
        }
        return (200, json.dumps(pages[path]()).encode()) if path in pages else (404, b"")


@pytest.fixture
def liar() -> Iterator[Liar]:
    lying = Liar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({name: one[0] for name, one in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, body = lying.answer(self.path, form)
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except ConnectionError:
                """Somebody had enough."""

        @override
        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    lying.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def close() -> None:
        server.shutdown()
        server.server_close()

    lying.close = close
    yield lying
    close()


@pytest.fixture(scope="session")
def real_provider() -> Iterator[str]:
    """oidc-provider-mock on a free port: its address, which is its issuer."""
    # A process of its own, because here its Authlib's warnings would be errors.
    command = [sys.executable, "-W", "ignore", "-c", REAL_PROVIDER]
    environment = {"AUTHLIB_INSECURE_TRANSPORT": "1"}
    with subprocess.Popen(  # noqa: S603 - our own
        command, stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield f"http://localhost:{port}"
        process.terminate()


@pytest.fixture
def settings(
    database_url: str, make_settings: MakeSettings, real_provider: str, liar: Liar
) -> Settings:
    providers = {
        "real": {
            "name": "Real",
            "issuer": real_provider,
            "client_id": "docfliq",
            "client_secret": "any",
        },
        "real-but-gone": {"issuer": "http://127.0.0.1:1", "client_id": "docfliq"},
        "liar": {"issuer": liar.url, "client_id": "docfliq", "client_secret": "a-secret"},
        "without-pkce": {
            "issuer": liar.url,
            "client_id": "docfliq",
            "client_secret": "a-secret",
            "pkce": False,
        },
    }
    made: Settings = make_settings(
        Settings, oidc_providers=providers, oauth_redirects=f"{APP}, docfliq://signed-in"
    )
    return made


@pytest.fixture
def go_there(client: httpx2.AsyncClient) -> Callable[..., Awaitable[str]]:
    """`await go_there("liar")`: where the browser was sent."""

    async def go(provider: str, **query: str) -> str:
        sent = await client.get(f"{OAUTH}/{provider}/authorize", params=query)
        assert sent.status_code == 303, sent.text
        return str(sent.headers["location"])

    return go


@pytest.fixture
def come_back(client: httpx2.AsyncClient) -> Callable[..., Awaitable[httpx2.Response]]:
    """`await come_back("liar", location, code=…)`: what the callback answered."""

    async def come(provider: str, location: str, **query: str) -> httpx2.Response:
        state = parse_qs(urlsplit(location).query)["state"][0]
        params = {"state": state} | query
        return await client.get(f"{OAUTH}/{provider}/callback", params=params)

    return come


@pytest.fixture
def agree() -> Callable[[str, str], Awaitable[httpx2.URL]]:
    """`await agree(location, "asha")`: this person signs in at the real provider; where next."""

    async def agree(location: str, who: str) -> httpx2.URL:
        async with httpx2.AsyncClient(trust_env=False) as browser:
            page = await browser.get(location)
            assert page.status_code == 200, page.text
            sent = await browser.post(location, data={"sub": who})
        assert sent.status_code == 302, sent.text
        return httpx2.URL(sent.headers["location"])

    return agree
