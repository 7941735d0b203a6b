"""Step 1: an account, its address, its sessions, its password."""

from typing import Any

from demo.checking import Broken, hold, same
from demo.client import Refusal
from demo.people import new_person
from demo.sandboxes import code_in, link_in
from demo.story import Story
from demo.waiting import eventually


async def doctor_registers(story: Story) -> str:
    """Registration, and the link of the mail that follows."""
    doctor = new_person(story.wire, "Dr. Asha Menon")
    story.people["doctor"] = doctor
    await doctor.register(profession="DOCTOR_SPECIALIST", specialty="Cardiology")
    mail = await story.sandboxes.mail(doctor.email, holding="/auth/email/verify")
    link = link_in(mail, towards="/auth/email/verify")
    # A mail scanner follows links: GET only shows a page with a button.
    page = await story.anybody.get(link)
    hold(b"<form" in page, "the verification page has no button")
    me = await doctor.api.get("/auth/me")
    same(me["email_verified"], False, "email_verified after GET")  # noqa: FBT003

    async def verified() -> bool:
        return bool((await doctor.api.get("/auth/me"))["email_verified"])

    await story.anybody.post(link, happened=_if(verified))
    hold(await verified(), "the address is not verified after POST")
    return f"{doctor.email}; mail “{mail['subject']}” at the sink"


async def doctor_signs_in_and_out(story: Story) -> str:
    """Login, a wrong password, rotation of the refresh token, logout."""
    doctor = story.doctor
    wrong = {"email": doctor.email, "password": "Wrong-Passw0rd!"}
    await story.anybody.post("/auth/login", wrong, expect=(401,))
    await doctor.log_in()
    spent = doctor.refresh_token
    await doctor.renew()
    hold(doctor.refresh_token != spent, "the refresh token was not rotated")
    last = doctor.refresh_token
    await story.anybody.post("/auth/logout", {"refresh_token": last}, expect=(204,))
    await story.anybody.post("/auth/refresh", {"refresh_token": last}, expect=(401,))
    await doctor.log_in()
    sessions = await doctor.api.get("/auth/sessions")
    count = len(sessions["items"])
    return f"a wrong password and a token after logout are 401; {count} session(s) left"


async def doctor_forgets_the_password(story: Story) -> str:
    """The answer tells nobody whether an account exists; the mail's code sets a new password."""
    doctor = story.doctor
    nobody = {"email": f"nobody.{story.mark}@demo.docfliq.test"}
    await story.anybody.post("/auth/forgot-password", nobody, expect=(202,))
    await story.anybody.post("/auth/forgot-password", {"email": doctor.email}, expect=(202,))
    former, doctor.password = doctor.password, f"{doctor.password}-new"
    tried: set[str] = set()

    async def reset() -> str | None:
        mail = await story.sandboxes.mail(doctor.email, holding="reset-password")
        if mail["id"] in tried:
            raise Broken("the mailed code was refused, and no newer mail came")
        tried.add(mail["id"])
        return await _reset(story, code_in(mail))

    code = await eventually(reset, what="a mailed code resets the password")
    again = {"email": doctor.email, "otp_code": code, "new_password": former}
    second = await story.anybody.raw("POST", "/auth/reset-password", json=again)
    hold(400 <= second.status_code < 500, f"the code worked twice: {second.status_code}")
    old = {"email": doctor.email, "password": former}
    await story.anybody.post("/auth/login", old, expect=(401,))
    await doctor.log_in()
    return "202 for an unknown address too; the mailed code works once"


async def _reset(story: Story, code: str) -> str | None:
    doctor = story.doctor
    wish = {"email": doctor.email, "otp_code": code, "new_password": doctor.password}

    async def done() -> bool:
        login = {"email": doctor.email, "password": doctor.password}
        answer = await story.anybody.raw("POST", "/auth/login", json=login)
        return bool(answer.status_code == 200)

    try:
        await story.anybody.post("/auth/reset-password", wish, happened=_if(done))
    except Refusal as refused:
        if refused.status >= 500:
            raise
        raise Broken(str(refused)) from refused
    return code


def _if(fact: Any) -> Any:
    """`happened` of a write that makes nothing: True when the fact is there."""

    async def happened() -> bool | None:
        return True if await fact() else None

    return happened
