"""Step 2: an instructor builds a paid course on real files."""

import asyncio
from pathlib import Path
from typing import Any

from demo.checking import hold, same
from demo.client import Refusal
from demo.media import make_pdf, make_video
from demo.people import Person, demo_account
from demo.story import Story
from demo.uploads import File, ready, upload
from demo.waiting import eventually

CHAPTERS = [
    "Read the rhythm first: rate, regularity, P waves, and what follows them.",
    "ST elevation is measured at the J point, in two neighbouring leads.",
    "An old tracing of the same patient is worth more than any algorithm.",
]
TEXT = (
    "Before you read the tracing, read the patient. A normal ECG does not rule out a heart attack."
)
QUESTIONS: list[dict[str, Any]] = [
    {
        "question_type": "MCQ",
        "question": "Where is ST elevation measured?",
        "options": [
            {"text": "At the J point"},
            {"text": "At the P wave"},
            {"text": "At the QT end"},
        ],
        "correct_index": 0,
        "points": 2,
        "explanation": "At the J point, in two neighbouring leads.",
    },
    {
        "question_type": "MSQ",
        "question": "Which belong to the first look?",
        "options": [{"text": "Rate"}, {"text": "Shoe size"}, {"text": "Regularity"}],
        "correct_indices": [0, 2],
    },
    {
        "question_type": "TRUE_FALSE",
        "question": "A normal ECG rules out a heart attack.",
        "options": [{"text": "True"}, {"text": "False"}],
        "correct_index": 1,
    },
]


async def instructor_drafts(story: Story) -> str:
    """A draft that only its author sees."""
    instructor = await demo_account(story.wire, "instructor")
    story.people["instructor"] = instructor
    slug = f"reading-ecg-{story.mark}"
    story.course.title = f"Reading the ECG {story.mark}"
    wish = {
        "title": story.course.title,
        "slug": slug,
        "description": "Ten minutes a day with real tracings, until you trust your eyes.",
        "instructor_name": instructor.full_name,
        "category": "Cardiology",
        "specialty_tags": ["cardiology"],
        "pricing_type": "PAID",
        "price": story.course.price,
        "currency": "INR",
        "visibility": "PUBLIC",
    }
    story.course.id = (await create_course(instructor, wish))["id"]
    await story.anybody.get(f"/lms/courses/{story.course.id}", expect=404)
    return f"“{story.course.title}”, {story.course.price} INR, DRAFT, 404 for others"


async def create_course(author: Person, wish: dict[str, Any]) -> dict[str, Any]:
    """The new course, or the one that an unanswered request has made under its slug."""

    async def made() -> dict[str, Any] | None:
        return await found_or_none(author, f"/lms/courses/slug/{wish['slug']}")

    course: dict[str, Any] = await author.api.post("/lms/courses", wish, happened=made)
    return course


async def found_or_none(person: Person, path: str) -> dict[str, Any] | None:
    """A resource, or None if there is none."""
    try:
        found: dict[str, Any] = await person.api.get(path)
    except Refusal as refused:
        if refused.status != 404:
            raise
        return None
    return found


async def instructor_uploads(story: Story) -> str:
    """A video becomes an HLS ladder, a PDF gets its pages counted."""
    instructor = story.instructor
    path = await make_video(story.folder, secs=story.video_secs)
    film = File("ecg.mp4", "video/mp4", await asyncio.to_thread(Path(path).read_bytes))
    paper = File("ecg.pdf", "application/pdf", make_pdf("Reading the ECG", CHAPTERS))
    story.course.video = await upload(instructor, film, purpose="LESSON")
    story.course.pdf = await upload(instructor, paper, purpose="LESSON")
    document = await ready(instructor, story.course.pdf)
    same(document["page_count"], len(CHAPTERS), "pages of the PDF")
    video = await ready(instructor, story.course.video)
    hold(abs(video["duration_secs"] - story.video_secs) < 1, f"duration {video['duration_secs']}")
    size = f"{video['width']}x{video['height']}"
    return f"{story.video_secs} s of video {size} in HLS; a PDF of {document['page_count']} pages"


async def instructor_fills(story: Story) -> str:
    """Two modules, a video, a PDF, a text, a timed quiz."""
    course, instructor = story.course, story.instructor
    see = await add_module(instructor, course.id, title="Seeing", order=1)
    judge = await add_module(instructor, course.id, title="Judging", order=2)
    film = {"title": "The first look", "lesson_type": "VIDEO", "asset_id": course.video}
    paper = {"title": "The tracing on paper", "lesson_type": "PDF", "asset_id": course.pdf}
    text = {"title": "The patient first", "lesson_type": "TEXT", "content_body": TEXT}
    course.video = await add_lesson(instructor, see, {**film, "sort_order": 1})
    course.pdf = await add_lesson(instructor, see, {**paper, "sort_order": 2})
    course.text = await add_lesson(instructor, judge, {**text, "sort_order": 1})
    quiz = {"title": "What do you see?", "lesson_type": "QUIZ", "sort_order": 2}
    course.quiz_lesson = await add_lesson(instructor, judge, quiz)
    course.quiz = await add_quiz(
        instructor,
        course.quiz_lesson,
        {
            "title": "What do you see?",
            "questions": QUESTIONS,
            "passing_score": 60,
            "max_attempts": 3,
            "time_limit_secs": 600,
            "show_answers": "AFTER_PASS",
        },
    )
    return f"4 lessons, a quiz of {len(QUESTIONS)} questions in 10 minutes"


async def add_module(author: Person, course_id: str, *, title: str, order: int) -> str:
    """A module's id; looked for first when an answer was lost."""

    async def made() -> dict[str, Any] | None:
        detail = await author.api.get(f"/lms/courses/{course_id}/detail")
        return next((one for one in detail["modules"] if one["title"] == title), None)

    wish = {"title": title, "sort_order": order}
    answer = await author.api.post(f"/lms/courses/{course_id}/modules", wish, happened=made)
    return str(answer["id"])


async def add_lesson(author: Person, module_id: str, wish: dict[str, Any]) -> str:
    """A lesson's id. `wish` has a title of its own within the course's module."""
    # The module's course is asked for only when an answer was lost.
    path = f"/lms/modules/{module_id}/lessons"

    async def made() -> dict[str, Any] | None:
        for course in await author.api.collect(f"/lms/courses/author/{author.id}"):
            detail = await author.api.get(f"/lms/courses/{course['id']}/detail")
            for module in detail["modules"]:
                for lesson in module["lessons"] if module["id"] == module_id else ():
                    if lesson["title"] == wish["title"]:
                        found: dict[str, Any] = lesson
                        return found
        return None

    return str((await author.api.post(path, wish, happened=made))["id"])


async def add_quiz(author: Person, lesson_id: str, wish: dict[str, Any]) -> str:
    """A quiz's id; a lesson has one."""
    path = f"/assessment/lessons/{lesson_id}/quiz"

    async def made() -> dict[str, Any] | None:
        return await found_or_none(author, path)

    return str((await author.api.post(path, wish, happened=made))["id"])


async def instructor_publishes(story: Story) -> str:
    """From now on everybody sees it, and nobody but the author its quiz's key."""
    course = story.course
    await story.instructor.api.post(f"/lms/courses/{course.id}/publish")
    shown = await story.anybody.get(f"/lms/courses/{course.id}/detail")
    same(shown["status"], "PUBLISHED", "status")
    kinds = [one["lesson_type"] for module in shown["modules"] for one in module["lessons"]]
    same(kinds, ["VIDEO", "PDF", "TEXT", "QUIZ"], "lessons in their order")
    return "PUBLISHED; " + " → ".join(kinds)


async def course_is_found(story: Story) -> str:
    """A card in the public feed, and a hit in search, by events."""
    course = story.course

    async def card() -> dict[str, Any] | None:
        items = (await story.anybody.get("/feed", limit=50))["items"]
        cards = [one for one in items if one["content_type"] == "COURSE_CARD"]
        return next((one for one in cards if course.id in str(one)), None)

    async def hit() -> dict[str, Any] | None:
        items = (await story.anybody.get("/search/courses", q=course.title))["items"]
        return next((one for one in items if course.id in str(one)), None)

    shown = await eventually(card, what="the course card is in the feed")
    await eventually(hit, what="the course is found by search")
    return f"COURSE_CARD {shown['id'][:8]}… in /feed, found by /search/courses"


async def admin_offers_a_coupon(story: Story) -> str:
    """Twenty percent off this course, once a person."""
    admin = await demo_account(story.wire, "admin")
    story.people["admin"] = admin
    story.coupon = f"HEART{story.mark[:6].upper()}"
    await offer_coupon(
        admin,
        {
            "code": story.coupon,
            "kind": "PERCENT",
            "percent": 20,
            "item_type": "COURSE",
            "item_id": story.course.id,
            "max_per_user": 1,
        },
    )
    return f"{story.coupon}: 20 %, once a person"


async def offer_coupon(admin: Person, wish: dict[str, Any]) -> dict[str, Any] | None:
    """Make a coupon; None if its code exists already."""
    try:
        coupon: dict[str, Any] = await admin.api.post("/coupons/", wish)
    except Refusal as refused:
        if refused.status != 409:
            raise
        return None
    return coupon
