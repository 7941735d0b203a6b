"""The main journey, step by step: what `python -m demo` plays and `tests/e2e` checks."""

from collections.abc import Awaitable, Callable

from demo.journey import (
    finishing,
    learning,
    meeting,
    paying,
    profile,
    registering,
    teaching,
    watching,
    webinars,
)
from demo.story import Story

Step = Callable[[Story], Awaitable[str]]
Part = tuple[str, tuple[tuple[str, Step], ...]]

JOURNEY: tuple[Part, ...] = (
    (
        "A doctor joins",
        (
            ("registers, confirms the address", registering.doctor_registers),
            ("signs in, refreshes, signs out", registering.doctor_signs_in_and_out),
            ("forgets the password", registering.doctor_forgets_the_password),
            ("fills the profile", profile.doctor_fills_the_profile),
            ("uploads an avatar", profile.doctor_uploads_an_avatar),
            ("submits a licence", profile.doctor_submits_a_licence),
            ("is verified by a moderator", profile.moderator_approves),
        ),
    ),
    (
        "An instructor builds a paid course",
        (
            ("drafts it", teaching.instructor_drafts),
            ("uploads a video and a PDF", teaching.instructor_uploads),
            ("writes lessons and a timed quiz", teaching.instructor_fills),
            ("publishes", teaching.instructor_publishes),
            ("finds it in feed and search", teaching.course_is_found),
            ("gets a coupon for it", teaching.admin_offers_a_coupon),
        ),
    ),
    (
        "A learner arrives",
        (
            ("registers with a phone", meeting.learner_registers),
            ("follows the doctor", meeting.learner_follows),
            ("sees the post in the feed", meeting.doctor_posts),
            ("likes, comments, bookmarks", meeting.learner_responds),
            ("searches", meeting.learner_searches),
            ("is told to pay", paying.learner_is_told_to_pay),
            ("orders with the coupon", paying.learner_orders),
            ("pays in the Razorpay sandbox", paying.learner_pays),
            ("is enrolled by the webhook", paying.enrolment_opens),
        ),
    ),
    (
        "The learner learns",
        (
            ("plays the video", learning.learner_plays),
            ("watches, in honest time", learning.learner_watches),
            ("reads the PDF", learning.learner_reads_the_pdf),
            ("reads the text", learning.learner_reads_the_text),
            ("passes the timed quiz", learning.learner_passes),
            ("completes the course", finishing.enrolment_completes),
            ("holds a certificate", finishing.certificate_exists),
            ("has points, is on the board", finishing.points_arrive),
            ("is told in the app, live", finishing.notifications_are_there),
            ("is told by e-mail and push", finishing.mails_and_pushes_are_there),
        ),
    ),
    (
        "A webinar is announced",
        (
            ("is scheduled and listed", webinars.instructor_schedules),
            ("takes as many as it has seats", webinars.seats_are_limited),
            ("stands in the calendar", webinars.calendar_file),
            ("frees a seat, is cancelled", webinars.cancellations),
        ),
    ),
    (
        "An admin looks",
        (("reads who did what, chained", watching.admin_reads_the_audit_trail),),
    ),
)


async def play(story: Story) -> None:
    """The whole journey; the first thing that does not hold is raised."""
    for title, steps in JOURNEY:
        story.transcript.part(title)
        for name, step in steps:
            with story.transcript.step(name) as told:
                told.fact = await step(story)
