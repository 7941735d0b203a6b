"""Step 3: a learner meets the doctor: follows, reads, answers, searches."""

from typing import Any

from demo.checking import hold, same
from demo.listening import Listener
from demo.people import Person, new_person
from demo.story import Story
from demo.waiting import eventually


async def learner_registers(story: Story) -> str:
    """A fresh person, with the app open: a phone for pushes, a stream for what happens."""
    learner = new_person(story.wire, "Ravi Kulkarni")
    story.people["learner"] = learner
    await learner.register(profession="STUDENT", specialty="Cardiology")
    story.phone = f"phone-{story.mark}"
    wish = {"token": story.phone, "device_type": "ANDROID"}
    await learner.api.post("/notifications/register-device", wish)
    again = await learner.api.post("/notifications/register-device", wish)
    devices = await learner.api.get("/notifications/devices")
    same(len(devices["items"]), 1, "devices after registering one twice")
    story.listener = Listener(learner)
    await story.listener.start()

    async def welcomed() -> bool:
        return bool(story.listener and story.listener.of_type("notification.created"))

    await eventually(welcomed, what="the stream tells of the welcome")
    return f"{learner.email}; device {again['id'][:8]}…; the stream is open"


async def learner_follows(story: Story) -> str:
    """A follow, which may be repeated."""
    doctor, learner = story.doctor, story.learner
    await learner.api.post(f"/social/{doctor.id}/follow")
    await learner.api.post(f"/social/{doctor.id}/follow")
    following = await learner.api.collect("/social/me/following")
    same(len(following), 1, "people followed")
    hold(doctor.id in str(following), "the doctor is not among them")
    return f"follows {doctor.full_name}; following twice is following once"


async def doctor_posts(story: Story) -> str:
    """The doctor writes; it reaches who follows her."""
    text = "Three tracings from last night's shift, and what I missed in the second."
    story.post_id = (await publish_post(story.doctor, f"Night shift {story.mark}", text))["id"]
    learner = story.learner

    async def seen() -> dict[str, Any] | None:
        items = (await learner.api.get("/feed/following"))["items"]
        return next((one for one in items if one["id"] == story.post_id), None)

    item = await eventually(seen, what="the post is in the follower's feed")
    hold(not item["liked"], "liked before anybody did")
    feed = await learner.api.collect("/feed", most=100)
    hold(story.post_id in {one["id"] for one in feed}, "the post is not in /feed")
    return "in /feed/following and in /feed"


async def publish_post(author: Person, title: str, body: str, **more: Any) -> dict[str, Any]:
    """A published post; looked for first when an answer was lost."""
    wish = {
        "content_type": "TEXT",
        "title": title,
        "body": body,
        "visibility": "PUBLIC",
        "status": "PUBLISHED",
        "specialty_tags": ["cardiology"],
        **more,
    }

    async def made() -> dict[str, Any] | None:
        mine = await author.api.collect("/cms/my-posts")
        return next((one for one in mine if one["title"] == title), None)

    post: dict[str, Any] = await author.api.post("/cms/posts", wish, happened=made)
    return post


async def learner_responds(story: Story) -> str:
    """A like, a comment, a bookmark; each repeated, each counted once."""
    learner, post = story.learner, story.post_id
    for _ in range(2):
        await learner.api.post(f"/interactions/posts/{post}/like")
        await learner.api.post(f"/interactions/posts/{post}/bookmark")
    await comment(learner, post, "What did the old tracing look like?")
    bookmarks = await learner.api.collect("/interactions/bookmarks")
    same([one["id"] for one in bookmarks], [post], "bookmarks")

    async def counted() -> dict[str, Any] | None:
        one: dict[str, Any] = await learner.api.get(f"/feed/posts/{post}")
        return one if one["liked"] and one["bookmarked"] and one["comment_count"] == 1 else None

    shown = await eventually(counted, what="the post carries like, bookmark and comment")
    same(shown["like_count"], 1, "likes after liking twice")
    return "1 like (sent twice), 1 comment, 1 bookmark"


async def comment(person: Person, post_id: str, body: str) -> dict[str, Any]:
    """A comment; looked for first when an answer was lost."""
    path = f"/interactions/posts/{post_id}/comments"

    async def made() -> dict[str, Any] | None:
        for one in await person.api.collect(path):
            if one["body"] == body:
                found: dict[str, Any] = one
                return found
        return None

    posted: dict[str, Any] = await person.api.post(path, {"body": body}, happened=made)
    return posted


async def learner_searches(story: Story) -> str:
    """Posts by their words, people by their names, everything at once."""
    learner, doctor = story.learner, story.doctor

    async def post_found() -> bool:
        found = await learner.api.get("/search/posts", q=f"night shift {story.mark}")
        return story.post_id in str(found["items"])

    async def person_found() -> bool:
        found = await learner.api.get("/search/people", q=doctor.full_name, limit=100)
        return doctor.id in str(found["items"])

    await eventually(post_found, what="search finds the post")
    await eventually(person_found, what="search finds the doctor")
    everything = await learner.api.get("/search", q=story.course.title)
    hold(story.course.id in str(everything), "/search does not find the course")
    return "the post, the doctor and the course are found"
