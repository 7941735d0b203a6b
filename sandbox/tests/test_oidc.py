"""The OpenID provider: described by the address it is called by, and offering its people."""

import httpx2

from sandbox.testing import SandboxProcess, WebhookReceiver


def test_people_sign_in_with_one_click_and_get_a_code(
    restartable: tuple[SandboxProcess, WebhookReceiver],
) -> None:
    # One of its own: with the provider loaded, the others' is not small any more.
    running, _ = restartable
    with httpx2.Client(trust_env=False, base_url=running.oidc_url) as browser:
        said = browser.get("/.well-known/openid-configuration").json()
        assert said["issuer"] == running.oidc_url
        asked = {
            "client_id": "docfliq",
            "response_type": "code",
            "redirect_uri": "http://localhost/callback",
            "scope": "openid email",
            "state": "a-state",
            "nonce": "a-nonce",
        }
        page = browser.get(said["authorization_endpoint"], params=asked)
        assert "asha" in page.text
        sent = browser.post(page.url, data={"sub": "asha"})
        back = httpx2.URL(sent.headers["location"])
        assert back.params["state"] == "a-state"

        form = {
            "grant_type": "authorization_code",
            "code": back.params["code"],
            "redirect_uri": asked["redirect_uri"],
        }
        given = browser.post(said["token_endpoint"], data=form, auth=("docfliq", "any")).json()
        bearer = {"Authorization": f"Bearer {given['access_token']}"}
        who = browser.get(said["userinfo_endpoint"], headers=bearer).json()
    assert who["email"] == "asha.rao@people.docfliq.test"
    assert who["email_verified"] is True
    assert running.stop() == 0
