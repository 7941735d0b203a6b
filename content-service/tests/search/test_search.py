"""Search: ranked, highlighted, forgiving, and only what one may see."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from contracts.access import Role
from contracts.auth import UserRegistered
from contracts.course import (
    CourseArchived,
    CoursePublished,
    CourseUpdated,
    CourseVisibility,
    PricingType,
)
from contracts.event import Event, Person
from contracts.webinar import WebinarCancelled, WebinarScheduled
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.plugin import MakeCaller

Written = Callable[..., Awaitable[dict[str, Any]]]
Hear = Callable[[Event], Awaitable[bool]]


@pytest.fixture
def course() -> CoursePublished:
    return CoursePublished(
        version=1,
        course_id=uuid7(),
        author_id=uuid7(),
        title="Reading the ECG",
        slug="reading-the-ecg",
        description="Rhythm, axis, and myocardial ischaemia.",
        category="Cardiology",
        specialty_tags=["cardiology"],
        pricing_type=PricingType.PAID,
        amount_minor=49900,
        visibility=CourseVisibility.PUBLIC,
        person=Person(full_name="Asha Rao"),
        published_at=now(),
    )


async def found(
    client: httpx2.AsyncClient, path: str, caller: TestCaller | None = None
) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/search{path}", headers=caller.headers if caller else {})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_the_post_with_every_word_comes_first_with_its_words_marked(
    client: httpx2.AsyncClient, write_post: Written
) -> None:
    both = await write_post(title="Sepsis", body="Lactate & antibiotics < 60 minutes.")
    one = await write_post(title="Lactate", body="What raises it.")
    await write_post(title="Rash", body="Not every rash is measles.")
    items = await found(client, "?q=antibiotic lactates")

    assert [item["id"] for item in items] == [both["id"], one["id"]]
    [fragment] = items[0]["highlights"]
    assert "<mark>Lactate</mark> &amp; <mark>antibiotics</mark> &lt; 60" in fragment
    assert items[0]["facts"]["author_id"] == both["author_id"]


async def test_accents_and_typos_are_forgiven(
    client: httpx2.AsyncClient, write_post: Written
) -> None:
    accent = await write_post(title="Ménière's disease", body="Vertigo.")
    typo = await write_post(title="Myocardial infarction", body="Pain.")

    assert [item["id"] for item in await found(client, "?q=meniere")] == [accent["id"]]
    assert [item["id"] for item in await found(client, "/posts?q=myocardal")] == [typo["id"]]


async def test_an_edited_post_is_found_by_its_new_words_and_a_removed_one_not_at_all(
    client: httpx2.AsyncClient, doctor: TestCaller, write_post: Written
) -> None:
    post = await write_post(title="Warfarin", body="Old.")
    path = f"/api/v1/cms/posts/{post['id']}"
    await client.patch(path, json={"title": "Apixaban"}, headers=doctor.headers)
    assert await found(client, "?q=warfarin") == []
    assert len(await found(client, "?q=apixaban")) == 1

    await client.delete(path, headers=doctor.headers)
    assert await found(client, "?q=apixaban") == []


async def test_results_come_page_by_page(client: httpx2.AsyncClient, write_post: Written) -> None:
    written = {(await write_post(title="Stroke", body=f"Part {n}"))["id"] for n in range(5)}
    seen: list[str] = []
    path = "/api/v1/search?q=stroke&limit=2"
    page = (await client.get(path)).json()
    seen += [item["id"] for item in page["items"]]
    while page["next_cursor"]:
        page = (await client.get(f"{path}&cursor={page['next_cursor']}")).json()
        seen += [item["id"] for item in page["items"]]

    assert (len(seen), set(seen)) == (5, written)


async def test_a_course_has_a_card_and_a_document_until_it_is_archived(
    client: httpx2.AsyncClient, hear: Hear, course: CoursePublished
) -> None:
    assert [await hear(course), await hear(course)] == [True, False]
    [hit] = await found(client, "/courses?q=ecg")
    [card] = (await client.get("/api/v1/feed")).json()["items"]
    assert (hit["id"], hit["facts"]["price"]) == (str(course.course_id), "499.00")
    assert (card["content_type"], card["reference"]["id"]) == ("COURSE_CARD", hit["id"])
    assert card["author"]["full_name"] == "Asha Rao"

    facts = course.model_dump(exclude={"published_at"})
    await hear(CourseUpdated(**(facts | {"version": 2, "title": "The ECG in practice"})))
    [card] = (await client.get("/api/v1/feed")).json()["items"]
    assert card["title"] == card["reference"]["title"] == "The ECG in practice"

    gone = {"version": 3, "course_id": course.course_id, "author_id": course.author_id}
    await hear(CourseArchived(**gone, title="The ECG in practice"))
    await hear(CoursePublished(**course.model_dump()))
    assert await found(client, "/courses?q=ecg") == []
    assert (await client.get("/api/v1/feed")).json()["items"] == []


async def test_news_of_a_course_that_came_after_its_end_does_not_bring_it_back(
    client: httpx2.AsyncClient, hear: Hear, course: CoursePublished
) -> None:
    gone = {"version": 2, "course_id": course.course_id, "author_id": course.author_id}
    await hear(CourseArchived(**gone, title=course.title))
    await hear(course)

    assert await found(client, "?q=ecg") == []
    assert (await client.get("/api/v1/feed")).json()["items"] == []


async def test_a_course_that_is_published_again_has_its_card_again(
    client: httpx2.AsyncClient, hear: Hear, course: CoursePublished
) -> None:
    await hear(course)
    gone = {"version": 2, "course_id": course.course_id, "author_id": course.author_id}
    await hear(CourseArchived(**gone, title=course.title))
    await hear(CoursePublished(**(course.model_dump() | {"event_id": uuid7(), "version": 3})))

    [hit] = await found(client, "/courses?q=ecg")
    [card] = (await client.get("/api/v1/feed")).json()["items"]
    assert card["reference"]["id"] == hit["id"] == str(course.course_id)


async def test_a_course_for_members_is_found_by_members_alone(
    client: httpx2.AsyncClient, make_caller: MakeCaller, hear: Hear, course: CoursePublished
) -> None:
    await hear(course.model_copy(update={"visibility": CourseVisibility.MEMBER_ONLY}))

    assert await found(client, "/courses?q=ecg") == []
    assert await found(client, "/courses?q=ecg", make_caller()) == []
    assert len(await found(client, "/courses?q=ecg", make_caller(role=Role.MEMBER))) == 1


async def test_a_webinar_has_a_card_and_a_document_until_it_is_cancelled(
    client: httpx2.AsyncClient, hear: Hear
) -> None:
    webinar = WebinarScheduled(
        version=1,
        webinar_id=uuid7(),
        host_id=uuid7(),
        title="Stroke update",
        description="What is new.",
        starts_at=now(),
        duration_mins=60,
        sequence=0,
        pricing_type=PricingType.FREE,
        visibility=CourseVisibility.PUBLIC,
        person=Person(full_name="Asha Rao"),
    )
    assert [await hear(webinar), await hear(webinar)] == [True, False]
    [card] = (await client.get("/api/v1/feed")).json()["items"]
    assert (card["content_type"], card["reference"]["type"]) == ("WEBINAR_CARD", "WEBINAR")
    assert len(await found(client, "/webinars?q=stroke")) == 1

    same = webinar.model_dump(include={"webinar_id", "host_id", "title", "starts_at"})
    await hear(WebinarCancelled(version=2, sequence=1, **same))
    assert await found(client, "/webinars?q=stroke") == []
    assert (await client.get("/api/v1/feed")).json()["items"] == []


async def test_people_and_channels_are_found_by_name(
    client: httpx2.AsyncClient,
    doctor: TestCaller,
    registered: Callable[..., UserRegistered],
    hear: Hear,
) -> None:
    await hear(registered(doctor.user_id, full_name="Åsa Öberg", city="Pune"))
    body = {"name": "Pune Heart Institute"}
    await client.post("/api/v1/cms/channels", json=body, headers=doctor.headers)
    [person] = await found(client, "/people?q=asa oberg")
    [channel] = await found(client, "/channels?q=heart institute")

    assert person["id"] == str(doctor.user_id)
    assert "email" not in person["facts"]
    assert channel["facts"]["slug"] == "pune-heart-institute"
    assert {item["type"] for item in await found(client, "?q=pune")} == {"PERSON", "CHANNEL"}


@pytest.mark.parametrize("q", ["", "%00", "a" * 300])
async def test_a_question_that_is_none_is_refused(client: httpx2.AsyncClient, q: str) -> None:
    refused = await client.get(f"/api/v1/search?q={q}")

    assert refused.status_code == 422


@pytest.mark.parametrize("q", ["the", "' OR 1=1 --", "!!!", "<%", '"unfinished', "-"])
async def test_odd_questions_find_nothing_quietly(client: httpx2.AsyncClient, q: str) -> None:
    answer = await client.get("/api/v1/search", params={"q": q})

    assert (answer.status_code, answer.json()["items"]) == (200, [])
