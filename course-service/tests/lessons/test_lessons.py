"""Modules and lessons are added, moved, changed and read."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.media import MediaFailed, MediaKind, Purpose
from course_service.lessons.models import Lesson
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller

LMS = "/api/v1/lms"
Client = httpx2.AsyncClient


async def add_module(client: Client, school: Any, title: str, order: int = 5) -> dict[str, Any]:
    body = {"title": title, "sort_order": order}
    path = f"{LMS}/courses/{school.course_id}/modules"
    made = await client.post(path, json=body, headers=school.author.headers)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def test_modules_are_renamed_reordered_and_removed(
    client: Client, author: TestCaller, make_school: Any
) -> None:
    school, me = await make_school(), author.headers
    second, third = [await add_module(client, school, title) for title in ("Two", "Three")]
    detail = f"{LMS}/courses/{school.course_id}/detail"
    [first, *_] = (await client.get(detail)).json()["modules"]

    renamed = await client.patch(f"{LMS}/modules/{second['id']}", json={"title": "II"}, headers=me)
    assert (renamed.json()["title"], renamed.json()["sort_order"]) == ("II", 5)
    order = {"module_ids": [third["id"], first["id"], second["id"]]}
    path = f"{LMS}/courses/{school.course_id}/modules/reorder"
    assert (await client.patch(path, json=order, headers=me)).status_code == 200
    shown = (await client.get(detail)).json()["modules"]
    assert [module["title"] for module in shown] == ["Three", "One", "II"]
    few = await client.patch(path, json={"module_ids": [third["id"]]}, headers=me)
    assert (few.status_code, few.json()["code"]) == (422, "modules-differ")
    for _ in range(2):
        assert (await client.delete(f"{LMS}/modules/{first['id']}", headers=me)).status_code == 204
    assert (
        await client.get(f"{LMS}/lessons/{school.lessons['TEXT']}", headers=me)
    ).status_code == 404


async def test_somebody_elses_modules_and_lessons_are_not_found(
    client: Client, stranger: TestCaller, make_school: Any
) -> None:
    school, them = await make_school(), stranger.headers
    module = await add_module(client, school, "Two")
    lesson = {"title": "X", "lesson_type": "TEXT", "sort_order": 0}
    path, text = f"{LMS}/modules/{module['id']}", f"{LMS}/lessons/{school.lessons['TEXT']}"
    course = f"{LMS}/courses/{school.course_id}/modules"
    answers = [
        await client.post(course, json={"title": "X", "sort_order": 0}, headers=them),
        await client.patch(f"{course}/reorder", json={"module_ids": [module["id"]]}, headers=them),
        await client.patch(path, json={"title": "X"}, headers=them),
        await client.delete(path, headers=them),
        await client.post(f"{path}/lessons", json=lesson, headers=them),
        await client.patch(text, json={"title": "X"}, headers=them),
        await client.delete(text, headers=them),
    ]
    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize("kind", ["SCORM", "PRACTICE", "PRESENTATION", "SURVEY"])
async def test_a_kind_of_lesson_that_is_not_built_is_refused(
    client: Client, author: TestCaller, make_school: Any, kind: str
) -> None:
    module = await add_module(client, await make_school(), "Two")
    body = {"title": "X", "lesson_type": kind, "sort_order": 0}
    path = f"{LMS}/modules/{module['id']}/lessons"
    refused = await client.post(path, json=body, headers=author.headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "not-yet-supported")


async def test_a_lesson_is_changed_under_its_etag_and_removed_twice(
    client: Client, author: TestCaller, make_school: Any
) -> None:
    school = await make_school()
    path = f"{LMS}/lessons/{school.lessons['TEXT']}"
    shown = await client.get(path, headers=author.headers)
    mine = {**author.headers, "If-Match": shown.headers["etag"]}
    changed = await client.patch(path, json={"content_body": "Look."}, headers=mine)
    assert (changed.status_code, changed.json()["content_body"]) == (200, "Look.")
    stale = await client.patch(path, json={"title": "B"}, headers=mine)
    assert stale.status_code == 412
    for _ in range(2):
        assert (await client.delete(path, headers=author.headers)).status_code == 204
    assert (await client.get(path, headers=author.headers)).status_code == 404


async def test_the_content_is_for_learners_and_a_preview_for_everyone(
    client: Client, author: TestCaller, learner: TestCaller, make_school: Any, enroll: Any
) -> None:
    school, me = await make_school(), learner.headers
    path = f"{LMS}/lessons/{school.lessons['TEXT']}"
    refused = await client.get(path, headers=me)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-enrolled")
    assert refused.json()["course_id"] == school.course_id
    await client.patch(path, json={"is_preview": True}, headers=author.headers)
    assert (await client.get(path, headers=me)).json()["content_body"] == "Listen first."
    await client.patch(path, json={"is_preview": False}, headers=author.headers)
    await enroll(school, learner)
    assert (await client.get(path, headers=me)).status_code == 200
    draft = await make_school(publish=False)
    hidden = await client.get(f"{LMS}/lessons/{draft.lessons['TEXT']}", headers=me)
    assert hidden.status_code == 404


async def test_a_foreign_failed_or_mistaken_asset_is_refused(
    client: Client,
    author: TestCaller,
    stranger: TestCaller,
    make_school: Any,
    hear: Any,
    processed: Any,
) -> None:
    module = await add_module(client, await make_school(), "Two")
    foreign, document = processed(stranger), processed(author, kind=MediaKind.PDF, hls=[])
    failed = MediaFailed(
        version=1,
        media_job_id=uuid7(),
        asset_id=uuid7(),
        owner_id=author.user_id,
        purpose=Purpose.LESSON,
        reason="The video is cut off",
    )
    path = f"{LMS}/modules/{module['id']}/lessons"
    said = []
    for event in (foreign, document, failed):
        await hear(event)
        body = {
            "title": "X",
            "lesson_type": "VIDEO",
            "sort_order": 0,
            "asset_id": str(event.asset_id),
        }
        refused = await client.post(path, json=body, headers=author.headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "asset-unusable")
        said.append(refused.json()["detail"])
    assert said[-1] == "The video is cut off"


async def test_a_course_lacks_what_was_never_said_and_waits_for_files_on_their_way(
    client: Client, session: AsyncSession, author: TestCaller, make_school: Any
) -> None:
    school, me = await make_school("TEXT", publish=False), author.headers
    module = await add_module(client, school, "Two")
    for kind in ("VIDEO", "PDF", "TEXT", "QUIZ"):
        body = {"title": kind, "lesson_type": kind, "sort_order": 1}
        if kind == "PDF":
            body["asset_id"] = str(uuid7())
        assert (
            await client.post(f"{LMS}/modules/{module['id']}/lessons", json=body, headers=me)
        ).status_code == 201
    refused = await client.post(f"{LMS}/courses/{school.course_id}/publish", headers=me)
    assert refused.status_code == 409
    assert len(refused.json()["missing"]) == 3  # the PDF may still be on its way


@pytest.fixture
def name_file(client: Client, author: TestCaller) -> Any:
    """`name_file(school, asset_id)`: the video lesson gets that file instead of its address."""

    async def name(school: Any, asset_id: Any) -> httpx2.Response:
        body = {"asset_id": str(asset_id), "content_url": None}
        path = f"{LMS}/lessons/{school.lessons['VIDEO']}"
        return await client.patch(path, json=body, headers=author.headers)

    return name


async def test_a_course_is_published_before_its_file_is_heard_of(
    client: Client,
    author: TestCaller,
    make_school: Any,
    name_file: Any,
    hear: Any,
    processed: Any,
) -> None:
    school, film, me = await make_school("VIDEO", publish=False), processed(author), author.headers
    assert (await name_file(school, film.asset_id)).status_code == 200
    opened = await client.post(f"{LMS}/courses/{school.course_id}/publish", headers=me)
    assert (opened.status_code, opened.json()["status"]) == (200, "PUBLISHED")

    path = f"/api/v1/player/lessons/{school.lessons['VIDEO']}/content"
    assert (await client.get(path, headers=me)).json()["status"] == "PROCESSING"
    await hear(film)
    assert (await client.get(path, headers=me)).json()["status"] == "READY"


@pytest.mark.parametrize("wrong", ["owner", "purpose", "kind"])
async def test_a_file_that_turns_out_to_be_wrong_is_refused_when_its_news_comes(
    client: Client,
    author: TestCaller,
    stranger: TestCaller,
    make_school: Any,
    name_file: Any,
    hear: Any,
    processed: Any,
    wrong: str,
) -> None:
    school, me = await make_school("VIDEO", publish=False), author.headers
    film = {
        "owner": processed(stranger),
        "purpose": processed(author, purpose=Purpose.POST),
        "kind": processed(author, kind=MediaKind.PDF, hls=[], page_count=3),
    }[wrong]
    assert (await name_file(school, film.asset_id)).status_code == 200
    await hear(film)

    refused = await client.post(f"{LMS}/courses/{school.course_id}/publish", headers=me)
    assert (refused.status_code, refused.json()["code"]) == (409, "course-not-ready")
    path = f"/api/v1/player/lessons/{school.lessons['VIDEO']}/content"
    shown = (await client.get(path, headers=me)).json()
    assert (shown["status"], shown["signed_content_url"]) == ("FAILED", None)
    assert (await name_file(school, film.asset_id)).json()["code"] == "asset-unusable"


async def test_a_file_that_nothing_is_heard_of_is_given_up_after_a_day(
    client: Client, session: AsyncSession, author: TestCaller, make_school: Any, name_file: Any
) -> None:
    school, me = await make_school("VIDEO", publish=False), author.headers
    await name_file(school, uuid7())
    lesson = await session.get_one(Lesson, school.lessons["VIDEO"])
    lesson.updated_at -= timedelta(hours=25)
    await session.commit()

    refused = await client.post(f"{LMS}/courses/{school.course_id}/publish", headers=me)
    assert (refused.status_code, refused.json()["code"]) == (409, "course-not-ready")
    path = f"/api/v1/player/lessons/{school.lessons['VIDEO']}/content"
    assert (await client.get(path, headers=me)).json()["status"] == "FAILED"
