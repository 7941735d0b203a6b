"""Step 4, on: completion, certificate, points, and everybody who is told."""

import io
import unicodedata
from typing import Any

from pypdf import PdfReader

from demo.checking import hold, same
from demo.story import Story
from demo.uploads import download
from demo.waiting import eventually

TOLD = ("payment.captured", "enrollment.created", "certificate.issued")


async def enrolment_completes(story: Story) -> str:
    """By itself, because every lesson is done."""

    async def completed() -> dict[str, Any] | None:
        path = f"/lms/enrollments/{story.enrollment_id}"
        one: dict[str, Any] = await story.learner.api.get(path)
        return one if one["status"] == "COMPLETED" else None

    enrollment = await eventually(completed, what="the enrolment completes")
    progress = await story.learner.api.get(f"/lms/courses/{story.course.id}/progress")
    return f"COMPLETED at {enrollment['completed_at'][11:19]}, {progress['progress_pct']} %"


async def certificate_exists(story: Story) -> str:
    """A PDF that pypdf reads, whose number everybody can check, on a page and by the API."""
    learner = story.learner

    async def issued() -> dict[str, Any] | None:
        mine = await learner.api.collect("/certificates/me")
        return next((one for one in mine if story.course.title in str(one)), None)

    certificate = await eventually(issued, what="the certificate is issued")
    story.certificate = certificate
    text = await _printed(story, certificate["id"])
    for word in (learner.full_name, story.course.title, certificate["certificate_number"]):
        hold(" ".join(word.split()) in text, f"the PDF does not say {word!r}: {text}")
    await _checked(story, certificate)
    again = await learner.api.post(f"/certificates/enrollments/{story.enrollment_id}/generate", {})
    same(again["id"], certificate["id"], "a certificate asked for again")
    return f"{certificate['certificate_number']}, VALID at {certificate['verification_url']}"


async def _printed(story: Story, certificate_id: str) -> str:
    async def pdf() -> bytes | None:
        content = await story.learner.api.raw("GET", f"/certificates/{certificate_id}/download")
        if content.status_code in {302, 303, 307}:
            return await download(story.learner, content.headers["location"])
        found: bytes = content.content
        return found if content.status_code == 200 and found.startswith(b"%PDF") else None

    made = await eventually(pdf, what="the certificate's PDF exists")
    (story.folder / "certificate.pdf").write_bytes(made)
    reader = PdfReader(io.BytesIO(made))
    # A font's ligatures are letters of their own: "ff" comes back as one character.
    text = unicodedata.normalize("NFKC", " ".join(page.extract_text() for page in reader.pages))
    return " ".join(text.split())


async def _checked(story: Story, certificate: dict[str, Any]) -> None:
    number = certificate["certificate_number"]
    for code in (number, certificate["verification_url"].rsplit("/", 1)[-1]):
        check = await story.anybody.get(f"/certificates/verify/{code}")
        same((check["status"], check["is_valid"]), ("VALID", True), f"public check of {code}")
    unknown = await story.anybody.get("/certificates/verify/no-such-code")
    same(unknown["status"], "UNKNOWN", "public check of a code that does not exist")
    hold(certificate["verification_url"].startswith(story.at.gateway), "the QR leads elsewhere")
    page = await story.anybody.get(certificate["verification_url"])
    hold(number.encode() in page, "the public page does not show the number")


async def points_arrive(story: Story) -> str:
    """Points for what was done, and a place on the leaderboard."""
    learner = story.learner

    async def earned() -> dict[str, Any] | None:
        mine = await learner.api.get("/gamification/points/me")
        reasons = str(await learner.api.collect("/gamification/transactions/me"))
        return mine if "enrollment.completed" in reasons else None

    mine = await eventually(earned, what="points for the completion arrive")
    balance = next(value for name, value in mine.items() if name in {"balance", "points"})
    ledger = await learner.api.collect("/gamification/transactions/me")
    same(sum(one["points"] for one in ledger), balance, "balance and ledger")

    async def ranked() -> bool:
        board = await story.anybody.get("/gamification/leaderboard", limit=100)
        return learner.id in str(board["items"])

    await eventually(ranked, what="the learner is on the leaderboard")
    return f"{balance} points from {len(ledger)} entries; on the leaderboard"


async def notifications_are_there(story: Story) -> str:
    """In the list and on the stream, each once."""
    learner, listener = story.learner, story.listener

    async def listed() -> list[dict[str, Any]] | None:
        mine = await learner.api.collect("/notifications/")
        kinds = [one["type"] for one in mine]
        return mine if set(TOLD) <= set(kinds) else None

    mine = await eventually(listed, what=f"notifications of {', '.join(TOLD)}")
    for name in TOLD:
        same([one["type"] for one in mine].count(name), 1, f"notifications of {name}")
    hold(listener is not None, "no stream was opened")

    async def live() -> bool:
        heard = (
            [one["data"] for one in listener.of_type("notification.created")] if listener else []
        )
        return {one["id"] for one in mine} <= {one["id"] for one in heard}

    await eventually(live, what="the stream told of every notification")
    before = (await learner.api.get("/notifications/unread-count"))["unread_count"]
    await learner.api.patch(f"/notifications/{mine[0]['id']}/read", {})
    after = (await learner.api.get("/notifications/unread-count"))["unread_count"]
    same(after, before - 1, "unread after reading one")
    return f"{len(mine)} notifications, all of them live over SSE; unread {before} → {after}"


async def mails_and_pushes_are_there(story: Story) -> str:
    """At the mail sink and on the phone, each once."""
    learner = story.learner

    async def pushed() -> list[dict[str, Any]] | None:
        phone = await story.sandboxes.pushes(story.phone)
        kinds = {str(one["data"].get("type")) for one in phone}
        return phone if set(TOLD) <= kinds else None

    phone = await eventually(pushed, what="the phone received the pushes")
    for name in TOLD:
        same([one["data"]["type"] for one in phone].count(name), 1, f"pushes of {name}")

    async def mailed() -> list[dict[str, Any]] | None:
        box = await story.sandboxes.mails(learner.email)
        subjects = {one["subject"] for one in box}
        titles = {one["title"] for one in phone}
        return box if titles <= subjects else None

    box = await eventually(mailed, what="the mails of the same news arrived")
    number = story.certificate["certificate_number"]
    hold(any(number in str(one) for one in [*box, *phone]), "nobody was told the number")
    return f"{len(phone)} pushes at FCM, {len(box)} mails at the sink"
