"""A webinar with few seats: scheduled, listed, registered for, cancelled."""

from datetime import UTC, datetime, timedelta
from time import time
from typing import Any

from demo.checking import hold, same
from demo.client import Refusal, new_key
from demo.people import Person, new_person
from demo.story import Story
from demo.waiting import eventually

SEATS = 2


async def instructor_schedules(story: Story) -> str:
    """A free webinar with two seats, in next week's list."""
    title = f"ECG clinic {story.mark}"
    webinar = await schedule(story.instructor, title=title, capacity=SEATS)
    story.webinar_id = webinar["id"]
    same(webinar["status"], "SCHEDULED", "status of the webinar")
    listed = await story.anybody.collect("/webinar")
    hold(webinar["id"] in {one["id"] for one in listed}, "the webinar is not listed")

    async def card() -> bool:
        items = (await story.anybody.get("/feed", limit=50))["items"]
        cards = [one for one in items if one["content_type"] == "WEBINAR_CARD"]
        return webinar["id"] in str(cards)

    await eventually(card, what="the webinar's card is in the feed")
    return f"“{title}” {webinar['starts_at'][:16]}, {SEATS} seats, WEBINAR_CARD in the feed"


async def schedule(host: Person, *, title: str, capacity: int) -> dict[str, Any]:
    """A scheduled webinar; looked for first when an answer was lost."""
    begins = datetime.fromtimestamp(time(), UTC) + timedelta(days=7)
    wish = {
        "title": title,
        "description": "Bring a tracing that puzzled you; we read it together.",
        "starts_at": begins.replace(microsecond=0).isoformat(),
        "duration_mins": 60,
        "capacity": capacity,
        "pricing_type": "FREE",
        "visibility": "PUBLIC",
        "specialty_tags": ["cardiology"],
        "speakers": [],
    }

    async def made() -> dict[str, Any] | None:
        for one in await host.api.collect("/webinar"):
            if one["title"] == title:
                found: dict[str, Any] = one
                return found
        return None

    webinar: dict[str, Any] = await host.api.post("/webinar", wish, happened=made)
    return webinar


async def seats_are_limited(story: Story) -> str:
    """Two get a seat, the third waits or is refused; the host sees who comes."""
    path = f"/webinar/{story.webinar_id}/register"
    first = await story.learner.api.post(path, {}, key=new_key())
    await story.doctor.api.post(path, {}, key=new_key())
    late = new_person(story.wire, "Nila Iyer")
    story.people["late"] = late
    await late.register(profession="NURSE", specialty="Cardiology")
    third = await _register(late, story.webinar_id)
    host = story.instructor.api
    seated = [
        one
        for one in await host.collect(f"/webinar/{story.webinar_id}/registrations")
        if one["status"] == first["status"]
    ]
    same(len(seated), SEATS, "seats taken")
    return f"{SEATS} {first['status']}, the third {third}"


async def _register(person: Person, webinar_id: str) -> str:
    try:
        made = await person.api.post(f"/webinar/{webinar_id}/register", {}, key=new_key())
    except Refusal as refused:
        same(refused.status, 409, "registering for a full webinar")
        return refused.code
    return str(made["status"])


async def calendar_file(story: Story) -> str:
    """iCalendar (RFC 5545) that a phone takes."""
    content = await story.learner.api.get(f"/webinar/{story.webinar_id}/calendar.ics")
    text = content.decode()
    lines = text.split("\r\n")
    for wanted in ("BEGIN:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "END:VCALENDAR"):
        hold(wanted in lines, f"the calendar file lacks {wanted}")
    hold(all(len(line.encode()) <= 75 for line in lines), "a line is longer than 75 octets")
    start = next(line for line in lines if line.startswith("DTSTART"))
    return f"{start}, {len(content)} bytes"


async def cancellations(story: Story) -> str:
    """A seat given back is taken by who waits; then the host calls it off."""
    path = f"/webinar/{story.webinar_id}"
    await story.learner.api.delete(f"{path}/register")
    await story.learner.api.delete(f"{path}/register")
    late = story.people["late"]

    async def moved_up() -> bool:
        made = await late.api.post(f"{path}/register", {}, key=new_key())
        return bool(made["status"] == "REGISTERED")

    await eventually(moved_up, what="the seat that was given back is taken")
    await story.instructor.api.post(f"{path}/cancel", {}, expect=(200, 204, 409))
    shown = await story.anybody.get(path)
    same(shown["status"], "CANCELLED", "status after the host called it off")
    return "the freed seat went to the next; then CANCELLED by its host"
