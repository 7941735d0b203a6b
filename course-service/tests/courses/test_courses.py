"""Courses are drafted, edited, found and taken away."""

from typing import Any

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.course import CourseArchived, CoursePublished, CourseUpdated
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published
from servicekit.testing.plugin import MakeCaller

COURSES = "/api/v1/lms/courses"
Client = httpx2.AsyncClient


async def test_a_course_begins_as_a_draft_that_only_its_author_sees(
    client: Client, author: TestCaller, learner: TestCaller, course_body: dict[str, Any]
) -> None:
    made = await client.post(COURSES, json=course_body, headers=author.headers)

    assert made.status_code == 201
    assert made.json()["status"] == "DRAFT"
    assert made.headers["location"] == f"{COURSES}/{made.json()['id']}"
    assert made.json()["specialty_tags"] == ["cardiology"]
    for who, status in ((author.headers, 200), (learner.headers, 404), ({}, 404)):
        assert (await client.get(made.headers["location"], headers=who)).status_code == status


async def test_a_learner_cannot_begin_a_course(
    client: Client, learner: TestCaller, course_body: dict[str, Any]
) -> None:
    assert (await client.post(COURSES, json=course_body)).status_code == 401
    refused = await client.post(COURSES, json=course_body, headers=learner.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("completion_logic", {"all": True}),
        ("approval_required", True),
        ("registration_questions", ["Why?"]),
        ("eligibility_rules", {"role": "DOCTOR"}),
        ("module_unlock_mode", "SEQUENTIAL"),
        ("certification_mode", "BOTH"),
        ("drip", {"days": 1}),
        ("prerequisites", ["x"]),
        ("pricing_type", "FREE_PLUS_CERTIFICATE"),
    ],
)
async def test_a_field_without_effect_takes_only_its_default(
    client: Client, author: TestCaller, course_body: dict[str, Any], field: str, value: Any
) -> None:
    refused = await client.post(COURSES, json={**course_body, field: value}, headers=author.headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "not-yet-supported")
    assert refused.json()["errors"][0]["pointer"] == f"/{field}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "\x00"},
        {"price": 4.5, "pricing_type": "PAID"},
        {"price": "-1.00"},
        {"pricing_type": None},
        {"unknown": 1},
        {"slug": "No Spaces"},
        {"specialty_tags": ["x"] * 21},
    ],
)
async def test_a_wrong_body_is_refused_with_a_pointer(
    client: Client, author: TestCaller, course_body: dict[str, Any], wrong: dict[str, Any]
) -> None:
    refused = await client.post(COURSES, json={**course_body, **wrong}, headers=author.headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "validation-failed")
    assert refused.json()["errors"][0]["pointer"] == f"/{next(iter(wrong))}"


async def test_null_means_absent_when_a_course_is_made_and_clears_when_it_is_changed(
    client: Client, author: TestCaller, course_body: dict[str, Any]
) -> None:
    body = {**course_body, "instructor_bio": "Reads waves.", "currency": None, "slug": None}
    made = (await client.post(COURSES, json=body, headers=author.headers)).json()
    assert (made["currency"], made["instructor_bio"]) == ("INR", "Reads waves.")

    path = f"{COURSES}/{made['id']}"
    cleared = await client.patch(path, json={"instructor_bio": None}, headers=author.headers)
    assert (cleared.status_code, cleared.json()["instructor_bio"]) == (200, None)
    refused = await client.patch(path, json={"title": None}, headers=author.headers)
    assert refused.status_code == 422


async def test_a_slug_belongs_to_one_course(
    client: Client, author: TestCaller, course_body: dict[str, Any]
) -> None:
    body = {**course_body, "slug": "ecg"}
    assert (await client.post(COURSES, json=body, headers=author.headers)).status_code == 201
    again = await client.post(COURSES, json=body, headers=author.headers)
    assert (again.status_code, again.json()["code"]) == (409, "slug-taken")
    found = await client.get(f"{COURSES}/slug/ecg", headers=author.headers)
    assert (found.status_code, found.json()["slug"]) == (200, "ecg")
    assert (await client.get(f"{COURSES}/slug/ecg")).status_code == 404


async def test_a_course_without_content_or_price_is_not_published(
    client: Client, author: TestCaller, course_body: dict[str, Any]
) -> None:
    body = {**course_body, "pricing_type": "PAID"}
    made = (await client.post(COURSES, json=body, headers=author.headers)).json()
    refused = await client.post(f"{COURSES}/{made['id']}/publish", headers=author.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "course-not-ready")
    assert [gap["what"] for gap in refused.json()["missing"]] == ["price", "lessons"]


async def test_publishing_changing_and_archiving_are_each_announced_once_in_order(
    client: Client, session: AsyncSession, author: TestCaller, make_school: Any
) -> None:
    school = await make_school(pricing_type="PAID", price="499.00")
    path, me = f"{COURSES}/{school.course_id}", author.headers
    await client.post(f"{path}/publish", headers=me)
    await client.patch(path, json={"price": "399.50"}, headers=me)
    for _ in range(2):
        archived = await client.patch(f"{path}/status", json={"status": "ARCHIVED"}, headers=me)
        assert archived.json()["status"] == "ARCHIVED"

    [first] = await published(session, CoursePublished)
    [change] = await published(session, CourseUpdated)
    [last] = await published(session, CourseArchived)
    assert (first.amount_minor, change.amount_minor) == (49_900, 39_950)
    assert first.version < change.version < last.version
    assert first.person.full_name == "Dr. Asha Rao"
    assert (await client.get(path)).status_code == 404


async def test_a_draft_says_nothing(
    client: Client, session: AsyncSession, author: TestCaller, make_school: Any
) -> None:
    school = await make_school(publish=False)
    path = f"{COURSES}/{school.course_id}"
    await client.patch(path, json={"title": "New"}, headers=author.headers)
    assert await published(session, CourseUpdated) == []


async def test_a_stale_etag_is_refused_and_no_etag_goes_through(
    client: Client, author: TestCaller, make_school: Any
) -> None:
    school = await make_school()
    path = f"{COURSES}/{school.course_id}"
    etag = (await client.get(path)).headers["etag"]
    mine = {**author.headers, "If-Match": etag}
    assert (await client.patch(path, json={"title": "A"}, headers=mine)).status_code == 200
    stale = await client.patch(path, json={"title": "B"}, headers=mine)
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    blind = await client.patch(path, json={"title": "C"}, headers=author.headers)
    assert blind.json()["title"] == "C"


async def test_a_published_course_cannot_lose_its_price(
    client: Client, author: TestCaller, make_school: Any
) -> None:
    school = await make_school(pricing_type="PAID", price="499.00")
    path = f"{COURSES}/{school.course_id}"
    refused = await client.patch(path, json={"price": None}, headers=author.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "course-not-ready")


async def test_a_published_course_does_not_become_a_draft_again(
    client: Client, author: TestCaller, make_school: Any
) -> None:
    school = await make_school()
    path = f"{COURSES}/{school.course_id}/status"
    refused = await client.patch(path, json={"status": "DRAFT"}, headers=author.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "course-status-final")


async def test_somebody_elses_course_is_not_found(
    client: Client, stranger: TestCaller, make_school: Any
) -> None:
    school = await make_school()
    path, them = f"{COURSES}/{school.course_id}", stranger.headers
    answers = [
        await client.patch(path, json={"title": "Mine"}, headers=them),
        await client.delete(path, headers=them),
        await client.post(f"{path}/publish", headers=them),
        await client.post(f"{path}/archive", headers=them),
        await client.patch(f"{path}/status", json={"status": "ARCHIVED"}, headers=them),
        await client.get(f"{path}/enrollments", headers=them),
    ]
    assert {answer.status_code for answer in answers} == {404}


async def test_deleting_is_harmless_twice_and_refused_once_somebody_learns(
    client: Client,
    session: AsyncSession,
    author: TestCaller,
    learner: TestCaller,
    make_school: Any,
    enroll: Any,
) -> None:
    empty, joined = await make_school(), await make_school()
    await enroll(joined, learner)
    for status in (204, 204):
        gone = await client.delete(f"{COURSES}/{empty.course_id}", headers=author.headers)
        assert gone.status_code == status
    assert (await client.get(f"{COURSES}/{empty.course_id}")).status_code == 404
    assert len(await published(session, CourseArchived)) == 1
    kept = await client.delete(f"{COURSES}/{joined.course_id}", headers=author.headers)
    assert (kept.status_code, kept.json()["code"]) == (409, "course-has-learners")


@pytest.mark.parametrize(
    ("visibility", "role", "verified", "status"),
    [
        ("MEMBER_ONLY", None, False, 404),
        ("MEMBER_ONLY", Role.STUDENT, False, 404),
        ("MEMBER_ONLY", Role.MEMBER, False, 200),
        ("VERIFIED_ONLY", Role.MEMBER, False, 404),
        ("VERIFIED_ONLY", Role.STUDENT, True, 200),
        ("VERIFIED_ONLY", Role.MODERATOR, False, 200),
    ],
)
async def test_visibility_decides_who_finds_a_course(
    client: Client,
    make_school: Any,
    make_caller: MakeCaller,
    visibility: str,
    role: Role | None,
    verified: Any,
    status: int,
) -> None:
    school = await make_school(visibility=visibility)
    headers = make_caller(role, verified=verified).headers if role else {}
    found = await client.get(f"{COURSES}/{school.course_id}", headers=headers)
    assert found.status_code == status
    listed = (await client.get(COURSES, headers=headers)).json()["items"]
    assert len(listed) == (1 if status == 200 else 0)
    if role:
        joined = await client.post(f"{COURSES}/{school.course_id}/enroll", headers=headers)
        assert joined.status_code == (201 if status == 200 else 404)


async def test_the_list_is_narrowed_and_paged_newest_first(
    client: Client, author: TestCaller, make_school: Any
) -> None:
    schools = [await make_school(title=f"Course {n}", category="A") for n in range(3)]
    await make_school(title="Sepsis 100%", category="B", specialty_tags=["icu"])
    await make_school(publish=False)

    first = (await client.get(COURSES, params={"category": "A", "limit": 2})).json()
    rest = {"category": "A", "limit": 2, "cursor": first["next_cursor"], "unknown": 1}
    second = (await client.get(COURSES, params=rest)).json()
    found = [course["id"] for course in first["items"] + second["items"]]
    assert found == [school.course_id for school in reversed(schools)]
    assert second["next_cursor"] is None
    for narrow in ({"q": "sepsis"}, {"q": "100%"}, {"specialty": "ICU"}, {"category": "B"}):
        assert len((await client.get(COURSES, params=narrow)).json()["items"]) == 1
    for nothing in ({"q": "5%"}, {"pricing_type": "PAID"}, {"visibility": "MEMBER_ONLY"}):
        assert (await client.get(COURSES, params=nothing)).json()["items"] == []
    mine = {"author_id": str(author.user_id)}
    assert len((await client.get(COURSES, params=mine)).json()["items"]) == 4
    by_author = f"{COURSES}/author/{author.user_id}"
    assert len((await client.get(by_author)).json()["items"]) == 4
    assert len((await client.get(by_author, headers=author.headers)).json()["items"]) == 5
    bad = await client.get(COURSES, params={"cursor": "nonsense"})
    assert (bad.status_code, bad.json()["code"]) == (400, "cursor-invalid")


async def test_the_detail_shows_what_there_is_but_not_what_it_says(
    client: Client, make_school: Any
) -> None:
    school = await make_school("VIDEO", "TEXT")
    detail = await client.get(f"{COURSES}/{school.course_id}/detail")
    [module] = detail.json()["modules"]
    assert [lesson["lesson_type"] for lesson in module["lessons"]] == ["VIDEO", "TEXT"]
    assert "Listen first." not in detail.text
    assert "x.test" not in detail.text


async def test_the_access_code_is_never_shown(
    client: Client, author: TestCaller, make_school: Any
) -> None:
    school = await make_school(access_code="opensesame")
    shown = await client.get(f"{COURSES}/{school.course_id}", headers=author.headers)
    assert shown.json()["access_code_required"] is True
    assert "opensesame" not in shown.text.lower()


async def test_a_free_course_is_announced_without_a_price(
    client: Client, session: AsyncSession, make_school: Any
) -> None:
    school = await make_school(pricing_type="FREE", price="499.00")
    [event] = await published(session, CoursePublished)
    assert (str(event.course_id), event.amount_minor) == (school.course_id, 0)


async def test_a_course_below_the_smallest_payment_is_not_published(
    client: Client, author: TestCaller, make_school: Any
) -> None:
    school = await make_school(pricing_type="PAID", price="0.99", publish=False)
    path = f"/api/v1/lms/courses/{school.course_id}/publish"
    refused = await client.post(path, headers=author.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "course-not-ready")
    assert [gap["what"] for gap in refused.json()["missing"]] == ["price"]
