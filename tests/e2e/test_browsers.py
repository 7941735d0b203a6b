"""A real browser: signed in by an OpenID provider, and by a passkey that never leaves a device."""

import base64
import hashlib
import json
import secrets
import shutil
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from playwright.async_api import Browser, Page, Route, async_playwright

from demo.client import Client, Wire
from demo.people import Person

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed here")
# It runs as whoever tests, root among them, and opens no page but ours.
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-proxy-server",
    # The app of these tests has no address that Chromium could know to be this machine's.
    "--disable-features=LocalNetworkAccessChecks",
]
APP = "http://localhost:3000/signed-in"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium; every test has a profile of its own in it."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield running
        await running.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page."""
    profile = await browser.new_context()
    profile.set_default_timeout(20_000)
    # The provider's page wants a style from elsewhere, which tests do without.
    await profile.route("https://**", Route.abort)
    yield await profile.new_page()
    await profile.close()


@pytest.fixture
async def asha(platform: Any) -> dict[str, str]:
    """Somebody whom the local provider knows, with an address that it vouches for."""
    name = f"asha.{secrets.token_hex(4)}"
    claims = {"name": "Asha Rao", "email": f"{name}@docfliq.test", "email_verified": True}
    url = f"http://127.0.0.1:{platform.settings['SANDBOX_OIDC_PORT']}/users/{name}"
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
        assert (await http.put(url, json=claims)).status_code == 204
    return {"sub": name, "email": str(claims["email"])}


async def agree(page: Page, who: dict[str, str]) -> None:
    """At the provider: say who it is, and press the button."""
    await page.fill("input[name=sub]", who["sub"])
    await page.press("input[name=sub]", "Enter")


async def account_of(wire: Wire, tokens: dict[str, Any]) -> dict[str, Any]:
    me: dict[str, Any] = await Client(wire, access_token=tokens["access_token"]).get("/auth/me")
    return me


async def test_a_browser_signs_in_at_a_provider_and_is_known_there_again(
    page: Page, wire: Wire, asha: dict[str, str]
) -> None:
    accounts = []
    for _ in range(2):
        await page.goto(f"{wire.api}/auth/oauth/local/authorize")
        await agree(page, asha)
        await page.wait_for_url("**/auth/oauth/local/callback?**")
        tokens = json.loads(await page.inner_text("body"))
        accounts.append(await account_of(wire, tokens))

    assert accounts[0]["email"] == asha["email"]
    assert (accounts[0]["full_name"], accounts[0]["email_verified"]) == ("Asha Rao", True)
    assert accounts[0]["id"] == accounts[1]["id"]
    # The address of the callback is worth nothing a second time.
    await page.reload()
    assert json.loads(await page.inner_text("body"))["code"] == "sign-in-not-begun"


async def test_a_web_app_is_returned_to_and_fetches_its_session(
    page: Page, wire: Wire, asha: dict[str, str]
) -> None:
    async def serve_the_app(route: Route) -> None:
        await route.fulfill(content_type="text/html", body="<h1>The app</h1>")

    await page.route("http://localhost:3000/**", serve_the_app)
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    wish = urlencode({"redirect_uri": APP, "code_challenge": challenge})
    await page.goto(f"{wire.api}/auth/oauth/local/authorize?{wish}")
    await agree(page, asha)
    await page.wait_for_url(f"{APP}?code=**")

    # From the app's own origin, as its script would.
    fetched = await page.evaluate(
        """async ([url, verifier, app]) => {
            const code = new URL(location).searchParams.get("code");
            const body = JSON.stringify({code, redirect_uri: app, code_verifier: verifier});
            const headers = {"Content-Type": "application/json"};
            const answer = await fetch(url, {method: "POST", headers, body});
            return answer.json();
        }""",
        [f"{wire.api}/auth/oauth/local", verifier, APP],
    )
    assert (await account_of(wire, fetched))["email"] == asha["email"]


async def test_a_passkey_is_added_and_signs_in(
    page: Page, wire: Wire, anybody: Client, make_person: Any
) -> None:
    person: Person = await make_person()
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    await page.goto(wire.api.removesuffix("/api/v1") + "/")

    asked = await person.api.post("/auth/passkeys/register/options", expect=(200,))
    made = await page.evaluate(
        """async (asked) => {
            const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked);
            return (await navigator.credentials.create({publicKey})).toJSON();
        }""",
        asked,
    )
    wish = {"credential": made, "name": "A phone"}
    added = await person.api.post("/auth/passkeys/register", wish, expect=(201,))
    assert added["name"] == "A phone"

    asked = await anybody.post("/auth/passkeys/login/options", expect=(200,))
    shown = await page.evaluate(
        """async (asked) => {
            const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked);
            return (await navigator.credentials.get({publicKey})).toJSON();
        }""",
        asked,
    )
    tokens = await anybody.post("/auth/passkeys/login", {"credential": shown}, expect=(200,))
    assert (await account_of(wire, tokens))["email"] == person.email
    await anybody.post("/auth/passkeys/login", {"credential": shown}, expect=(401,))
