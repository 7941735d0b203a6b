"""An admin looks at what was done, and by whom."""

from typing import Any

from demo.checking import hold, same
from demo.client import Refusal
from demo.story import Story
from demo.waiting import eventually


async def admin_reads_the_audit_trail(story: Story) -> str:
    """The moderator's decision and the admin's coupon are there, and the chain of entries holds."""
    admin, doctor = story.people["admin"], story.doctor

    async def reviewed() -> dict[str, Any] | None:
        found = await admin.api.get("/audit", action="verification.reviewed", limit=100)
        about = [one for one in found["items"] if one["details"]["user_id"] == doctor.id]
        return about[0] if about else None

    async def offered() -> bool:
        found = await admin.api.get("/audit", action="coupon.created", actor=admin.id, limit=100)
        return story.course.id in {one["details"].get("item_id") for one in found["items"]}

    review = await eventually(reviewed, what="the review of the licence is in the audit trail")
    same(review["actor_id"], story.people["moderator"].id, "who reviewed the licence")
    await eventually(offered, what="the new coupon is in the audit trail")

    try:
        await story.learner.api.get("/audit")
    except Refusal as refused:
        same(refused.status, 403, "what a learner is answered who wants the audit trail")
    else:
        hold(truth=False, what="a learner reads the audit trail")
    verdict = await admin.api.get("/audit/verify")
    same((verdict["valid"], verdict["first_broken"]), (True, None), "the chain of entries")
    return f"{verdict['entries']} entries, chained up to {verdict['head'][:12]}…"
