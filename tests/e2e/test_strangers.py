"""What is somebody else's cannot be told from what does not exist."""

from typing import Any
from uuid import uuid4

from demo.client import Client, new_key
from demo.media import make_photo
from demo.people import Person
from demo.uploads import File, upload
from demo.waiting import eventually


async def test_somebody_elses_things_are_not_found(make_person: Any, make_order: Any) -> None:
    owner, stranger = await make_person("Owner One"), await make_person("Stranger Two")
    photo = File("me.jpg", "image/jpeg", make_photo())
    asset_id = await upload(owner, photo, purpose="AVATAR")
    order = await make_order(owner)
    [notification] = await welcome(owner)
    draft = await owner.api.post(
        "/cms/posts", {"content_type": "TEXT", "body": "Not yet.", "status": "DRAFT"}
    )
    things = {
        "GET": [
            f"/media/assets/{asset_id}",
            f"/media/assets/{asset_id}/url",
            f"/payment/orders/{order['id']}",
            f"/cms/posts/{draft['id']}",
        ],
        "DELETE": [
            f"/media/assets/{asset_id}",
            f"/cms/posts/{draft['id']}",
            f"/notifications/{notification['id']}",
        ],
        "PATCH": [f"/notifications/{notification['id']}/read", f"/cms/posts/{draft['id']}"],
    }
    for method, paths in things.items():
        for path in paths:
            await same_as_absent(stranger.api, method, path)

    assert (await owner.api.get(f"/cms/posts/{draft['id']}"))["body"] == "Not yet."
    assert (await owner.api.get(f"/media/assets/{asset_id}"))["id"] == asset_id


async def same_as_absent(stranger: Client, method: str, path: str) -> None:
    """404 with the very problem that an id answers which never existed."""
    answer = await stranger.raw(method, path, json={})
    identity = next(part for part in path.split("/") if len(part) == 36)
    absent = await stranger.raw(method, path.replace(identity, str(uuid4())), json={})

    assert answer.status_code == 404, f"{method} {path}: {answer.status_code} {answer.text}"
    assert (absent.status_code, absent.json()["code"]) == (404, answer.json()["code"])


async def welcome(person: Person) -> list[dict[str, Any]]:
    """The notification that greets a new person."""

    async def look() -> list[dict[str, Any]] | None:
        items: list[dict[str, Any]] = (await person.api.get("/notifications/"))["items"]
        return items[:1]

    return await eventually(look, what="the welcome")


async def test_somebody_elses_draft_course_cannot_be_touched(
    make_person: Any, paid_course: dict[str, Any]
) -> None:
    stranger: Person = await make_person()
    course = f"/lms/courses/{paid_course['id']}"

    taken = await stranger.api.raw("PATCH", course, json={"title": "Mine"})
    removed = await stranger.api.raw("DELETE", course)
    seen = await stranger.api.raw("GET", f"/player/lessons/{paid_course['lesson_id']}/content")

    assert {taken.status_code, removed.status_code} <= {403, 404}
    assert seen.status_code in {402, 403, 404}
    shown = await stranger.api.get(course)
    assert shown["title"] == paid_course["title"]


async def test_an_order_for_somebody_elses_id_is_not_an_order_for_theirs(
    make_person: Any, paid_course: dict[str, Any]
) -> None:
    person: Person = await make_person()
    wish = {"item_type": "COURSE", "item_id": str(uuid4())}

    answer = await person.api.raw(
        "POST", "/payment/orders", json=wish, headers={"Idempotency-Key": new_key()}
    )

    assert answer.status_code == 404
    assert (await person.api.get("/payment/orders"))["items"] == []
