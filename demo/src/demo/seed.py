"""An inhabited platform: people, posts, courses, a webinar, coupons, all through the API."""

import asyncio
from collections.abc import Sequence
from typing import Any

from demo.cast import CHANNELS, COMMENTS, COUPONS, COURSES, PEOPLE, POSTS, WEBINAR, Cast
from demo.client import new_key
from demo.journey.meeting import comment, publish_post
from demo.journey.teaching import add_lesson, add_module, add_quiz, create_course, offer_coupon
from demo.journey.webinars import schedule
from demo.media import make_pdf, make_video
from demo.people import PASSWORD, Person, demo_account
from demo.story import Story
from demo.uploads import File, upload

_AT_ONCE = 4
"""Requests side by side: the platform limits logins and registrations per address."""


async def seed(story: Story) -> str:
    """Fill what is missing. The last course is the marker: once it is there, nothing is done."""
    if await _is_seeded(story):
        return "inhabited already"
    instructor = await demo_account(story.wire, "instructor")
    people = await _people(story)
    await asyncio.gather(_follow_each_other(people), _courses(story, instructor))
    channels = await _channels(people)
    posts = await _posts(people, channels)
    await _respond(people, posts)
    admin = await demo_account(story.wire, "admin")
    for coupon in COUPONS:
        await offer_coupon(admin, coupon)
    await _webinar(instructor, people)
    await _course(story, instructor, COURSES[-1])
    return (
        f"{len(people)} people, {len(channels)} channels, {len(posts)} posts,"
        f" {len(COURSES)} courses, {len(COUPONS)} coupons, a webinar"
    )


async def _is_seeded(story: Story) -> bool:
    answer = await story.anybody.raw("GET", f"/lms/courses/slug/{COURSES[-1]['slug']}")
    return bool(answer.status_code == 200)


async def _gather(makers: Sequence[Any]) -> list[Any]:
    """Run coroutines a few at a time; their results in order."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(maker: Any) -> Any:
        async with turn:
            return await maker

    return list(await asyncio.gather(*(one(maker) for maker in makers)))


async def _people(story: Story) -> list[Person]:
    return await _gather([_settle_in(story, one) for one in PEOPLE])


async def _settle_in(story: Story, one: Cast) -> Person:
    person = Person(
        wire=story.wire,
        email=f"{one.handle}@people.docfliq.test",
        password=PASSWORD,
        full_name=one.name,
    )
    await person.register(profession=one.profession, specialty=one.specialty)
    await person.api.patch(
        "/profile/me",
        {"headline": one.headline, "location_city": one.city, "location_country": "IN"},
    )
    return person


async def _follow_each_other(people: list[Person]) -> None:
    count = len(people)
    pairs = [
        (person, people[(place + step) % count])
        for place, person in enumerate(people)
        for step in (1, 3, 4)
    ]
    await _gather([one.api.post(f"/social/{other.id}/follow") for one, other in pairs])


async def _channels(people: list[Person]) -> list[dict[str, Any]]:
    made = []
    for owner, wish in zip(people, CHANNELS, strict=False):
        made.append(await _channel(owner, wish))
    for channel in made:
        path = f"/interactions/channels/{channel['id']}/follow"
        await _gather([person.api.post(path) for person in people])
    return made


async def _channel(owner: Person, wish: dict[str, Any]) -> dict[str, Any]:
    for one in await owner.api.collect("/cms/channels"):
        if one["name"] == wish["name"]:
            found: dict[str, Any] = one
            return found
    channel: dict[str, Any] = await owner.api.post("/cms/channels", wish)
    return channel


async def _posts(people: list[Person], channels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    async def write(place: int, title: str, body: str) -> dict[str, Any]:
        author = people[place % len(people)]
        mine = await author.api.collect("/cms/my-posts")
        there = next((one for one in mine if one["title"] == title), None)
        in_channel = place % 6 == 0 and place // 6 < len(channels)
        more = {"channel_id": channels[place // 6]["id"]} if in_channel else {}
        if in_channel:
            author = people[place // 6]
        tags = [PEOPLE[place % len(people)].specialty.lower().replace(" ", "-")]
        return there or await publish_post(author, title, body, specialty_tags=tags, **more)

    return await _gather([write(place, **text) for place, text in enumerate(POSTS)])


async def _respond(people: list[Person], posts: list[dict[str, Any]]) -> None:
    """Likes and comments, unevenly, as in life."""
    likes = [
        person.api.post(f"/interactions/posts/{post['id']}/like")
        for place, post in enumerate(posts)
        for number, person in enumerate(people)
        if (place * 7 + number * 5) % 11 < 4
    ]
    await _gather(likes)
    said = [
        _comment_once(
            people[(place * 5 + 2) % len(people)], post["id"], COMMENTS[place % len(COMMENTS)]
        )
        for place, post in enumerate(posts)
        if place % 3 != 1
    ]
    await _gather(said)


async def _comment_once(person: Person, post_id: str, body: str) -> None:
    there = await person.api.collect(f"/interactions/posts/{post_id}/comments")
    if body not in {one["body"] for one in there}:
        await comment(person, post_id, body)


async def _courses(story: Story, instructor: Person) -> None:
    for wish in COURSES[:-1]:
        await _course(story, instructor, wish)


async def _course(story: Story, author: Person, plan: dict[str, Any]) -> None:
    """A course with its modules and lessons, published; one left half-made is finished."""
    wish = {name: value for name, value in plan.items() if name != "modules"}
    wish |= {"instructor_name": author.full_name, "currency": "INR", "visibility": "PUBLIC"}
    there = await _existing(author, plan["slug"])
    course = there or await create_course(author, wish)
    if course["status"] == "PUBLISHED":
        return
    detail = await author.api.get(f"/lms/courses/{course['id']}/detail")
    for order, module in enumerate(plan["modules"], start=1):
        known = next((one for one in detail["modules"] if one["title"] == module["title"]), None)
        module_id = (
            known["id"]
            if known
            else await add_module(author, course["id"], title=module["title"], order=order)
        )
        titles = {one["title"] for one in known["lessons"]} if known else set()
        for place, lesson in enumerate(module["lessons"], start=1):
            if lesson["title"] not in titles:
                await _lesson(story, author, module_id, {**lesson, "sort_order": place})
    await author.api.post(f"/lms/courses/{course['id']}/publish")


async def _existing(author: Person, slug: str) -> dict[str, Any] | None:
    mine = await author.api.collect(f"/lms/courses/author/{author.id}")
    return next((one for one in mine if one["slug"] == slug), None)


async def _lesson(story: Story, author: Person, module_id: str, plan: dict[str, Any]) -> None:
    wish = {name: value for name, value in plan.items() if name not in {"quiz", "pages", "secs"}}
    if "secs" in plan:
        film = await make_video(story.folder, secs=plan["secs"])
        clip = File("clip.mp4", "video/mp4", await asyncio.to_thread(film.read_bytes))
        wish["asset_id"] = await upload(author, clip, purpose="LESSON")
    if "pages" in plan:
        paper = File("paper.pdf", "application/pdf", make_pdf(plan["title"], plan["pages"]))
        wish["asset_id"] = await upload(author, paper, purpose="LESSON")
    lesson_id = await add_lesson(author, module_id, wish)
    if "quiz" in plan:
        await add_quiz(author, lesson_id, plan["quiz"])


async def _webinar(host: Person, people: list[Person]) -> None:
    listed = await host.api.collect("/webinar")
    there = next((one for one in listed if one["title"] == WEBINAR), None)
    webinar = there or await schedule(host, title=WEBINAR, capacity=50)
    path = f"/webinar/{webinar['id']}/register"
    await _gather([person.api.post(path, {}, key=new_key()) for person in people[:8]])
