"""What is decided about people, and between them, is known at every service at once."""

import time
from typing import Any

import pytest

from demo.client import Client, Refusal, Wire
from demo.people import Person
from demo.waiting import eventually

DOORS = {
    "auth": "/auth/me",
    "content": "/interactions/bookmarks",
    "course": "/lms/enrollments/me",
    "webinar": "/webinar",
    "payment": "/payment/orders",
    "notification": "/notifications/unread-count",
}
WHY = {"reason": "Spam in comments."}


async def answers(wire: Wire, token: str) -> set[tuple[int, str]]:
    """What each service answers to a token."""
    client = Client(wire, access_token=token)
    found = [await client.raw("GET", door) for door in DOORS.values()]
    return {(one.status_code, one.json().get("code", "")) for one in found}


async def test_a_suspended_person_is_out_everywhere_within_a_second(
    wire: Wire, admin: Person, make_person: Any
) -> None:
    person: Person = await make_person()
    token = person.api.access_token or ""
    assert {status for status, _ in await answers(wire, token)} == {200}
    await admin.api.post(f"/admin/users/{person.id}/suspend", WHY, expect=(200,))
    suspended = time.monotonic()

    async def is_out() -> bool:
        return await answers(wire, token) == {(401, "token-stale")}

    await eventually(is_out, what="every service refuses the token", within=5)
    assert time.monotonic() - suspended < 2.0
    with pytest.raises(Refusal, match="account-suspended"):
        await person.log_in()
    await admin.api.post(f"/admin/users/{person.id}/reinstate", {}, expect=(200,))
    await person.log_in()


async def test_a_service_that_was_down_during_a_suspension_obeys_when_it_is_back(
    platform: Any, wire: Wire, admin: Person, make_person: Any
) -> None:
    person: Person = await make_person()
    client = Client(wire, access_token=person.api.access_token)
    platform.stop("course-service-worker")
    try:
        await admin.api.post(f"/admin/users/{person.id}/suspend", WHY, expect=(200,))
        assert (await client.raw("GET", DOORS["course"])).status_code == 200
    finally:
        platform.start("course-service-worker")

    async def is_out() -> bool:
        return (await client.raw("GET", DOORS["course"])).status_code == 401

    await eventually(is_out, what="course-service refuses the token", within=10)


async def test_people_who_block_each_other_vanish_from_each_others_feeds(
    make_person: Any,
) -> None:
    author: Person = await make_person("Rohan Das")
    reader: Person = await make_person()
    wish = {"title": "Chest pain", "body": "Think of the aorta.", "status": "PUBLISHED"}
    post = await author.api.post("/cms/posts", wish, expect=(201,))

    async def is_shown() -> bool:
        page = await reader.api.get(f"/feed/users/{author.id}/posts")
        return [one["id"] for one in page["items"]] == [post["id"]]

    assert await is_shown()
    await author.api.post(f"/social/{reader.id}/block", {}, expect=(200,))

    async def is_hidden() -> bool:
        return not await is_shown()

    await eventually(is_hidden, what="the post is hidden", within=5)
    await author.api.delete(f"/social/{reader.id}/block")
    await eventually(is_shown, what="the post is shown again", within=5)
