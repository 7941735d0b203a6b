"""Step 3, on: 402, an order with a coupon, a payment, and access that opens by itself."""

from decimal import Decimal
from typing import Any

from demo.checking import hold, same
from demo.client import Refusal, new_key
from demo.people import Person
from demo.story import Story
from demo.waiting import eventually


async def learner_is_told_to_pay(story: Story) -> str:
    """Enrolling without an entitlement answers 402 and says what to pay for."""
    course = story.course
    problem = await told_to_pay(story.learner, course.id)
    same(problem["code"], "payment-required", "code")
    same(problem["item_type"], "COURSE", "item_type")
    same(problem["item_id"], course.id, "item_id")
    same(Decimal(problem["amount"]), Decimal(course.price), "amount")
    await story.learner.api.post(
        f"/lms/courses/{course.id}/enroll/paid", {"payment_id": "pay_Invented000001"}, expect=(402,)
    )
    return f"402 payment-required: {problem['amount']} {problem['currency']}; nor by a made-up id"


async def told_to_pay(person: Person, course_id: str) -> dict[str, Any]:
    """The problem details of a 402."""
    try:
        await person.api.post(f"/lms/courses/{course_id}/enroll", {}, key=new_key())
    except Refusal as refused:
        same(refused.status, 402, "enrolling without paying")
        return refused.problem
    raise AssertionError("enrolled without paying")


async def learner_orders(story: Story) -> str:
    """The price comes from the platform, the discount from the coupon."""
    course, learner = story.course, story.learner
    wish = {"item_type": "COURSE", "item_id": course.id, "coupon_code": story.coupon}
    key = new_key()
    order = await place_order(learner, wish, key=key)
    wanted = Decimal(course.price) * Decimal("0.80")
    same(Decimal(order["amount"]), wanted, "amount after 20 %")
    same(order["amount_minor"], int(wanted * 100), "amount_minor")
    again = await learner.api.post("/payment/orders", wish, key=key)
    same(again["id"], order["id"], "the order of the same Idempotency-Key")
    story.order = order
    return f"{order['amount']} {order['currency']} ({story.coupon}), {order['razorpay_order_id']}"


async def place_order(person: Person, wish: dict[str, Any], *, key: str) -> dict[str, Any]:
    """An order; the till learns of a new item by an event, so 404 is tried again."""

    async def placed() -> dict[str, Any] | None:
        made: dict[str, Any] = await person.api.post(
            "/payment/orders", wish, key=key, expect=(201,)
        )
        return made

    return await eventually(placed, what="the item can be ordered")


async def learner_pays(story: Story) -> str:
    """What a person does on Razorpay's page. The client tells the platform nothing."""
    paid = await pay_order(story, story.learner, story.order)
    return str(paid.get("razorpay_payment_id") or "captured")


async def pay_order(story: Story, buyer: Person, order: dict[str, Any]) -> Any:
    """Pay once: when an answer was lost, the order itself tells whether it is paid."""

    async def captured() -> Any | None:
        now = await buyer.api.get(f"/payment/orders/{order['id']}")
        return now if now["status"] == "CAPTURED" else None

    return await story.sandboxes.pay(order["razorpay_order_id"], paid=captured)


async def enrolment_opens(story: Story) -> str:
    """Webhook → entitlement → enrolment, with no call from the client."""
    learner, course = story.learner, story.course
    enrollment = await enrolled(learner, course.id)
    story.enrollment_id = enrollment["id"]
    same(enrollment["status"], "IN_PROGRESS", "status of the enrolment")
    right = await learner.api.get("/entitlements/check", item_type="COURSE", item_id=course.id)
    hold("true" in str(right).lower(), f"no entitlement: {right}")
    order = await learner.api.get(f"/payment/orders/{story.order['id']}")
    same(order["status"], "CAPTURED", "status of the order")
    again = await learner.api.post(f"/lms/courses/{course.id}/enroll", {}, key=new_key())
    same(again["id"], enrollment["id"], "enrolling again")
    return f"order CAPTURED, entitled, enrolment {enrollment['id'][:8]}… IN_PROGRESS"


async def enrolled(person: Person, course_id: str) -> dict[str, Any]:
    """The person's enrolment in a course, once it is there."""

    async def look() -> dict[str, Any] | None:
        mine = await person.api.collect("/lms/enrollments/me")
        return next((one for one in mine if one["course_id"] == course_id), None)

    return await eventually(look, what="the enrolment is there")
