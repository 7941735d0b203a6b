"""Codes by mail and by SMS, and an authenticator app, through the gateway."""

import re
import secrets
import time
from typing import Any

import httpx2
import pyotp

from demo.client import Client, Wire
from demo.people import Person
from demo.sandboxes import Sandboxes
from demo.waiting import eventually


def digits_in(text: str) -> str:
    [code] = re.findall(r"\b\d{6}\b", text)
    return str(code)


async def test_a_mailed_code_signs_up_and_in(anybody: Client, sandboxes: Sandboxes) -> None:
    to = {"email": f"code.{secrets.token_hex(4)}@demo.docfliq.test"}
    sent = await anybody.post("/auth/otp/request", to, expect=(202,))
    mail = await sandboxes.mail(to["email"], holding="your code")
    wish = {**to, "otp_code": digits_in(mail["text"]), "full_name": "Asha Menon"}
    tokens = await anybody.post("/auth/otp/verify", wish, expect=(200,))

    me = await anybody_with(anybody, tokens).get("/auth/me")
    assert (sent["channel"], me["email"], me["email_verified"]) == ("EMAIL", to["email"], True)
    await anybody.post("/auth/otp/verify", wish, expect=(401,))


async def test_a_code_by_sms_signs_up_and_every_service_knows_the_person(
    anybody: Client, platform: Any
) -> None:
    number = f"+9198{secrets.randbelow(10**8):08d}"
    await anybody.post("/auth/otp/request", {"phone_number": number}, expect=(202,))
    text = await text_to(platform, number)
    wish = {"phone_number": number, "otp_code": digits_in(text), "full_name": "Ravi Das"}
    tokens = await anybody.post("/auth/otp/verify", wish, expect=(200,))

    ravi = anybody_with(anybody, tokens)
    assert (await ravi.get("/auth/me"))["phone_number"] == number

    async def welcomed() -> bool:
        shown = await ravi.get("/notifications")
        return any("Welcome" in one["title"] for one in shown["items"])

    await eventually(welcomed, what="the welcome of somebody without an address")


async def test_signing_in_asks_for_the_app_and_an_ended_session_is_over_everywhere(
    wire: Wire, anybody: Client, make_person: Any
) -> None:
    person: Person = await make_person()
    app = pyotp.TOTP((await person.api.post("/auth/mfa/totp", expect=(201,)))["secret"])
    code = {"otp_code": app.now()}
    kept = await person.api.post("/auth/mfa/totp/confirm", code, expect=(200,))

    login = {"email": person.email, "password": person.password}
    asked = await anybody.post("/auth/login", login, expect=(200,))
    assert asked["mfa_required"] is True
    token = {"mfa_token": asked["mfa_token"]}
    await anybody.post("/auth/mfa/verify", {**token, **code}, expect=(401,))
    shown = {**token, "otp_code": app.at(int(time.time()) + 30)}
    tokens = await anybody.post("/auth/mfa/verify", shown, expect=(200,))
    assert len(kept["backup_codes"]) == 10

    other = anybody_with(anybody, tokens)
    await other.get("/payment/orders")
    newest = (await person.api.get("/auth/sessions"))["items"][0]
    assert newest["current"] is False
    await person.api.delete(f"/auth/sessions/{newest['id']}")

    async def is_over() -> bool:
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        answer: httpx2.Response = await wire.send(
            "GET", f"{wire.api}/payment/orders", headers=headers
        )
        return answer.status_code == 401 and answer.json()["code"] == "token-stale"

    await eventually(is_over, what="the ended session's token is stale", within=5)


def anybody_with(anybody: Client, tokens: dict[str, Any]) -> Client:
    return Client(anybody.wire, access_token=tokens["access_token"])


async def text_to(platform: Any, number: str) -> str:
    """The newest SMS to a number, as the stand-in for SNS shows it."""
    url = f"http://127.0.0.1:{platform.settings['SANDBOX_SNS_PORT']}/moto-api/data.json"

    async def look() -> str | None:
        async with httpx2.AsyncClient(trust_env=False) as http:
            sent = (await http.get(url)).json().get("sns", {}).get("SMS", [])
        return next((one["message"] for one in sent if one["phone_number"] == number), None)

    found: str = await eventually(look, what=f"an sms to {number}")
    return found
