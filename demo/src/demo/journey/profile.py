"""Step 1, on: what the doctor shows, and what proves that she is one."""

import base64
import json
from typing import Any

from demo.checking import hold, same
from demo.client import Refusal
from demo.media import make_photo, make_scan, secrets_of, size_of
from demo.people import Person, demo_account
from demo.story import Story
from demo.uploads import File, download, ready, upload
from demo.waiting import eventually


async def doctor_fills_the_profile(story: Story) -> str:
    """A profile that is complete."""
    wish = {
        "headline": "Consultant cardiologist",
        "bio": "Heart failure, echo, and teaching both.",
        "sub_specialty": "Heart failure",
        "years_of_experience": 12,
        "hospital_name": "Lakeside Hospital",
        "location_city": "Bengaluru",
        "location_country": "IN",
        "interests": ["echocardiography", "teaching"],
        "languages": ["en", "kn"],
    }
    await story.doctor.api.patch("/profile/me", wish)
    mine = await story.doctor.api.get("/profile/me")
    for name, value in wish.items():
        same(mine[name], value, name)
    same(mine["missing_required_fields"], [], "missing_required_fields")
    hold(mine["profile_complete"], "the profile is not complete")
    return f"{mine['full_name']}, {mine['headline']}, {mine['specialty']}"


async def doctor_uploads_an_avatar(story: Story) -> str:
    """A photo that tells where it was taken comes back as variants that do not."""
    doctor, photo = story.doctor, make_photo("Asha")
    told = secrets_of(photo)
    hold(len(told) >= 4, f"the photo should tell its place: {told}")
    asset_id = await upload(doctor, File("asha.jpg", "image/jpeg", photo), purpose="AVATAR")
    asset = await ready(doctor, asset_id)
    sizes = []
    for variant in asset["variants"]:
        made = await download(doctor, variant["url"])
        same(secrets_of(made), [], f"EXIF of {variant['name']}")
        same(size_of(made), (variant["width"], variant["height"]), variant["name"])
        sizes.append(f"{variant['name']} {variant['width']}x{variant['height']}")
    hold(sizes, "no variants")
    await doctor.api.post("/profile/me/avatar", {"asset_id": asset_id})

    async def shown() -> Any:
        return (await doctor.api.get("/profile/me"))["avatar"]

    await eventually(shown, what="the profile shows the avatar")
    return f"{len(told)} EXIF facts gone; {', '.join(sizes)}"


async def doctor_submits_a_licence(story: Story) -> str:
    """A scan and what stands on it."""
    doctor, number = story.doctor, f"KMC-{story.mark[:6].upper()}"
    scan = make_scan(doctor.full_name, number)
    asset_id = await upload(doctor, File("licence.png", "image/png", scan), purpose="LICENSE")
    await ready(doctor, asset_id)
    wish = {
        "document_type": "MEDICAL_LICENSE",
        "license_number": number,
        "council": "Karnataka Medical Council",
        "country": "IN",
        "expires_on": "2031-12-31",
        "asset_id": asset_id,
    }

    async def submitted() -> dict[str, Any] | None:
        return await _own_verification(doctor)

    made = await doctor.api.post("/verification", wish, happened=submitted)
    same(made["status"], "SUBMITTED", "status of the licence")
    return f"{number}, {len(scan) // 1024} KiB scan, SUBMITTED"


async def moderator_approves(story: Story) -> str:
    """The moderator reads the scan and approves; the next token says so."""
    doctor = story.doctor
    moderator = await demo_account(story.wire, "moderator")
    story.people["moderator"] = moderator
    mine = await _own_verification(doctor)
    hold(mine, "the doctor's own verification is not shown to her")
    verification_id = (mine or {})["id"]
    waiting = await moderator.api.collect("/verification/queue")
    hold(verification_id in {one["id"] for one in waiting}, "not in the queue")
    await doctor.api.get(f"/verification/{verification_id}", expect=403)
    case = await _with_document(moderator, verification_id)
    scan = await download(moderator, case["document_url"])
    hold(len(scan) > 1000, "the scan is empty")
    same(_claims(doctor)["verified"], False, "verified before the review")  # noqa: FBT003
    await _approve(moderator, verification_id)
    await doctor.renew()
    hold(_claims(doctor)["verified"], "the next token is not verified")
    me = await doctor.api.get("/auth/me")
    hold(me["verified"], "/auth/me does not say verified")
    return f"APPROVED by {moderator.full_name}; the refreshed token says verified"


async def _with_document(moderator: Person, verification_id: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        case: dict[str, Any] = await moderator.api.get(f"/verification/{verification_id}")
        return case if case["document_url"] else None

    return await eventually(look, what="the licence's scan can be read")


async def _approve(moderator: Person, verification_id: str) -> None:
    wish = {"action": "APPROVE", "notes": "Number and name agree with the register."}
    path = f"/verification/{verification_id}"
    try:
        await moderator.api.post(f"{path}/review", wish)
    except Refusal as refused:
        # An answer that was lost: the second review of a decided case is refused.
        if refused.status != 409:
            raise
    case = await moderator.api.get(path)
    same(case["status"], "APPROVED", "status after the review")


async def _own_verification(person: Person) -> dict[str, Any] | None:
    found = await person.api.get("/verification/me")
    items = found.get("items", [found]) if isinstance(found, dict) else found
    return items[0] if items else None


def _claims(person: Person) -> dict[str, Any]:
    """What the access token says (RFC 7519), unchecked: the services do that."""
    body = (person.api.access_token or "").split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims
