"""Fifty people want the last one at the same moment; one gets it."""

import asyncio
from collections import Counter
from typing import Any

from demo.client import new_key
from demo.journey.teaching import offer_coupon
from demo.journey.webinars import schedule
from demo.people import Person


async def test_the_last_seat_goes_to_one_of_fifty(crowd: list[Person], instructor: Person) -> None:
    title = f"One seat {new_key()[:8]}"
    webinar = await schedule(instructor, title=title, capacity=1)
    path = f"/webinar/{webinar['id']}/register"

    async def register(person: Person) -> Any:
        return await person.api.raw("POST", path, headers={"Idempotency-Key": new_key()})

    answers = await asyncio.gather(*(register(person) for person in crowd))

    assert {one.status_code for one in answers} <= {200, 201, 409}
    got = Counter(one.json().get("status") for one in answers if one.status_code < 300)
    assert got["REGISTERED"] == 1
    seated = await instructor.api.collect(f"/webinar/{webinar['id']}/registrations")
    assert [one["status"] for one in seated].count("REGISTERED") == 1


async def test_the_last_coupon_goes_to_one_of_fifty(
    crowd: list[Person],
    admin: Person,
    paid_course: dict[str, Any],
    make_order: Any,
) -> None:
    await make_order(crowd[0])  # the till knows the course
    code = f"LAST{new_key()[:6].upper()}"
    await offer_coupon(
        admin, {"code": code, "kind": "PERCENT", "percent": 50, "max_redemptions": 1}
    )
    wish = {"item_type": "COURSE", "item_id": paid_course["id"], "coupon_code": code}

    async def order(person: Person) -> Any:
        headers = {"Idempotency-Key": new_key()}
        return await person.api.raw("POST", "/payment/orders", json=wish, headers=headers)

    answers = await asyncio.gather(*(order(person) for person in crowd))

    counted = Counter(one.status_code for one in answers)
    assert counted[201] == 1, counted
    assert set(counted) <= {201, 409, 422}
    for refused in (one for one in answers if one.status_code != 201):
        assert refused.headers["content-type"].startswith("application/problem+json")
