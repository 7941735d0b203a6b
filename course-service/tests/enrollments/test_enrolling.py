"""People join courses, once, by the right door."""

import asyncio
from typing import Any

import httpx2
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import EnrollmentCancelled, EnrollmentCreated
from course_service.enrollments.models import Enrollment
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published

LMS = "/api/v1/lms"
Client = httpx2.AsyncClient


async def test_a_free_course_opens_at_once_and_says_so_once(
    client: Client, session: AsyncSession, learner: TestCaller, make_school: Any
) -> None:
    school = await make_school()
    path = f"{LMS}/courses/{school.course_id}/enroll"
    first = await client.post(path, headers=learner.headers)
    again = await client.post(path, headers=learner.headers)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["status"] == "IN_PROGRESS"
    assert first.headers["location"] == f"{LMS}/enrollments/{first.json()['id']}"
    [event] = await published(session, EnrollmentCreated)
    assert (str(event.enrollment_id), event.how) == (first.json()["id"], "FREE")
    assert event.author_id == school.author.user_id


async def test_sixteen_attempts_at_once_take_one_seat(
    client: Client, session: AsyncSession, learner: TestCaller, make_school: Any
) -> None:
    school = await make_school()
    path = f"{LMS}/courses/{school.course_id}/enroll"
    answers = await asyncio.gather(*(client.post(path, headers=learner.headers) for _ in range(16)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] * 15 + [201]
    assert await session.scalar(select(func.count()).select_from(Enrollment)) == 1
    assert len(await published(session, EnrollmentCreated)) == 1


async def test_a_paid_course_says_what_to_order(
    client: Client, session: AsyncSession, learner: TestCaller, make_school: Any
) -> None:
    school = await make_school(pricing_type="PAID", price="499.00")
    for path, body in (("enroll", None), ("enroll/paid", {"payment_id": "pay_made_up"})):
        refused = await client.post(
            f"{LMS}/courses/{school.course_id}/{path}", json=body, headers=learner.headers
        )
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (402, "payment-required")
        assert (problem["item_type"], problem["item_id"]) == ("COURSE", school.course_id)
        assert (problem["amount"], problem["currency"]) == ("499.00", "INR")
    assert await published(session, EnrollmentCreated) == []


async def test_an_idempotency_key_repeats_its_answer_and_refuses_another_body(
    client: Client, learner: TestCaller, make_school: Any
) -> None:
    school = await make_school()
    path = f"{LMS}/courses/{school.course_id}/enroll"
    keyed = {**learner.headers, "Idempotency-Key": "k-1"}
    first = await client.post(path, headers=keyed, json={})
    again = await client.post(path, headers=keyed, json={})
    other = await client.post(path, headers=keyed, json={"access_code": "ABCD"})

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_a_refused_key_is_free_again(
    client: Client, learner: TestCaller, make_school: Any, hear: Any, grant: Any
) -> None:
    school = await make_school(pricing_type="PAID", price="499.00")
    path = f"{LMS}/courses/{school.course_id}/enroll"
    keyed = {**learner.headers, "Idempotency-Key": "k-1"}
    assert (await client.post(path, headers=keyed)).status_code == 402
    await hear(grant(school, learner))
    assert (await client.post(path, headers=keyed)).status_code == 200


async def test_an_access_code_opens_its_course_in_any_case(
    client: Client, learner: TestCaller, make_school: Any
) -> None:
    school = await make_school(access_code="heart42")
    path, me = f"{LMS}/courses/{school.course_id}/enroll", learner.headers
    for body in (None, {"access_code": "WRONG"}):
        refused = await client.post(path, json=body, headers=me)
        assert (refused.status_code, refused.json()["code"]) == (403, "access-code-wrong")
    assert (
        await client.post(path, json={"access_code": " Heart42 "}, headers=me)
    ).status_code == 201


async def test_guessing_access_codes_is_limited(
    client: Client, learner: TestCaller, make_school: Any
) -> None:
    school = await make_school(access_code="heart42")
    path, me = f"{LMS}/courses/{school.course_id}/enroll", learner.headers
    tries = [
        await client.post(path, json={"access_code": f"NO{n:02}"}, headers=me) for n in range(11)
    ]
    assert [answer.status_code for answer in tries] == [403] * 10 + [429]
    assert int(tries[-1].headers["retry-after"]) > 0


async def test_answers_are_not_yet_supported_and_drafts_and_archives_take_nobody(
    client: Client, author: TestCaller, learner: TestCaller, make_school: Any
) -> None:
    school, draft = await make_school(), await make_school(publish=False)
    path, me = f"{LMS}/courses/{school.course_id}", learner.headers
    refused = await client.post(f"{path}/enroll", json={"answers": ["x"]}, headers=me)
    assert (refused.status_code, refused.json()["code"]) == (422, "not-yet-supported")
    own = author.headers
    closed = await client.post(f"{LMS}/courses/{draft.course_id}/enroll", headers=own)
    assert (closed.status_code, closed.json()["code"]) == (409, "course-closed")
    await client.post(f"{path}/archive", headers=own)
    assert (await client.post(f"{path}/enroll", headers=me)).status_code == 404


async def test_leaving_ends_access_once_and_coming_back_is_not_announced_again(
    client: Client, session: AsyncSession, learner: TestCaller, make_school: Any, enroll: Any
) -> None:
    school, me = await make_school(), learner.headers
    seat = await enroll(school, learner)
    lesson = f"/api/v1/player/lessons/{school.lessons['TEXT']}/content"
    for _ in range(2):
        assert (
            await client.delete(f"{LMS}/enrollments/{seat['id']}", headers=me)
        ).status_code == 204
    assert (await client.get(lesson, headers=me)).status_code == 403
    left = await client.get(f"{LMS}/enrollments/{seat['id']}", headers=me)
    assert left.json()["status"] == "DROPPED"
    back = await enroll(school, learner)
    assert (back["id"], back["status"]) == (seat["id"], "IN_PROGRESS")
    [gone] = await published(session, EnrollmentCancelled)
    [created] = await published(session, EnrollmentCreated)
    assert (gone.cause, created.version < gone.version) == ("LEFT", True)


async def test_enrollments_are_seen_by_their_learner_and_by_the_author_alone(
    client: Client,
    author: TestCaller,
    learner: TestCaller,
    stranger: TestCaller,
    make_school: Any,
    enroll: Any,
) -> None:
    first, second = await make_school(), await make_school()
    seats = [await enroll(school, learner) for school in (first, second)]
    seat = f"{LMS}/enrollments/{seats[0]['id']}"
    for who, status in ((learner, 200), (author, 200), (stranger, 404)):
        assert (await client.get(seat, headers=who.headers)).status_code == status
    assert (await client.delete(seat, headers=author.headers)).status_code == 404
    mine = f"{LMS}/enrollments/me"
    page = (await client.get(mine, params={"limit": 1}, headers=learner.headers)).json()
    more = {"limit": 1, "cursor": page["next_cursor"]}
    rest = (await client.get(mine, params=more, headers=learner.headers)).json()
    assert [each["id"] for each in page["items"] + rest["items"]] == [
        seats[1]["id"],
        seats[0]["id"],
    ]
    inside = f"{LMS}/courses/{first.course_id}/enrollments"
    [one] = (await client.get(inside, headers=author.headers)).json()["items"]
    assert (one["user_id"], one["course_title"]) == (str(learner.user_id), "Reading an ECG")
    assert (await client.get(inside, headers=learner.headers)).status_code == 404


async def test_the_place_to_go_on_is_kept_for_its_own_course(
    client: Client, learner: TestCaller, stranger: TestCaller, make_school: Any, enroll: Any
) -> None:
    school, other = await make_school("VIDEO"), await make_school()
    path = f"{LMS}/enrollments/{(await enroll(school, learner))['id']}/resume"
    place = {"last_lesson_id": school.lessons["VIDEO"], "last_position_secs": 42}
    kept = await client.post(path, json=place, headers=learner.headers)
    assert (kept.status_code, kept.json()["last_position_secs"]) == (200, 42)
    assert (await client.post(path, json=place, headers=stranger.headers)).status_code == 404
    elsewhere = {**place, "last_lesson_id": other.lessons["TEXT"]}
    refused = await client.post(path, json=elsewhere, headers=learner.headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "lesson-elsewhere")


async def test_the_door_for_payments_does_not_pass_by_an_access_code(
    client: Client, session: AsyncSession, learner: TestCaller, make_school: Any
) -> None:
    school = await make_school(access_code="heart42")
    path = f"{LMS}/courses/{school.course_id}/enroll/paid"
    refused = await client.post(path, json={"payment_id": "pay_x"}, headers=learner.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "access-code-wrong")
    assert await published(session, EnrollmentCreated) == []
