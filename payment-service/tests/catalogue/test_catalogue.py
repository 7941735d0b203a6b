"""The catalogue: the newest news of an item decides, in whatever order it comes."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.course import CourseArchived, CourseUpdated, CourseVisibility, PricingType
from contracts.event import Person
from contracts.payment import PaymentCaptured, RefundProcessed
from contracts.webinar import WebinarCancelled, WebinarRescheduled, WebinarScheduled
from payment_service.catalogue.models import CatalogueItem
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging import TooEarly
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published


def webinar_facts(webinar_id: UUID, *, version: int, amount_minor: int) -> dict[str, Any]:
    """What webinar-service says of a webinar."""
    return {
        "version": version,
        "webinar_id": webinar_id,
        "host_id": uuid7(),
        "title": "ECG",
        "description": "",
        "starts_at": now() + timedelta(days=1),
        "duration_mins": 60,
        "sequence": 0,
        "pricing_type": PricingType.PAID,
        "amount_minor": amount_minor,
        "visibility": CourseVisibility.PUBLIC,
        "person": Person(),
    }


async def test_the_newest_price_counts_whatever_comes_last(
    shop: Any, session: AsyncSession, buyer: TestCaller, hear: Any, make_published_course: Any
) -> None:
    course = make_published_course(version=1)
    facts = course.model_dump(exclude={"version", "amount_minor", "published_at"})

    assert await hear(CourseUpdated(version=3, amount_minor=20000, **facts)) == [True]
    await hear(CourseUpdated(version=2, amount_minor=30000, **facts))
    assert await hear(course) == [True]
    assert await hear(course) == [False]

    [item] = await session.scalars(select(CatalogueItem))
    assert (item.amount_minor, item.version) == (20000, 3)
    assert (await shop.ordered(buyer, course.course_id))["amount"] == "200.00"


async def test_an_archived_course_is_not_sold(
    shop: Any, buyer: TestCaller, hear: Any, course_id: UUID
) -> None:
    await hear(CourseArchived(version=2, course_id=course_id, author_id=uuid7(), title="Gone"))

    assert (await shop.order(buyer, course_id)).json()["code"] == "item-not-for-sale"


async def test_news_of_an_unknown_courses_end_waits(hear: Any) -> None:
    with pytest.raises(TooEarly):
        await hear(CourseArchived(version=2, course_id=uuid7(), author_id=uuid7(), title="?"))


async def test_a_cancelled_webinar_is_refunded_to_everybody_who_paid(
    shop: Any, session: AsyncSession, buyer: TestCaller, hear: Any
) -> None:
    webinar_id = uuid7()
    await hear(WebinarScheduled(**webinar_facts(webinar_id, version=1, amount_minor=10000)))
    await hear(WebinarRescheduled(**webinar_facts(webinar_id, version=2, amount_minor=15000)))
    order = await shop.ordered(buyer, webinar_id, item_type="WEBINAR")
    await shop.pay(order)
    await shop.ask()
    await shop.spread(PaymentCaptured)

    cancelled = WebinarCancelled(
        version=3,
        webinar_id=webinar_id,
        host_id=uuid7(),
        title="ECG",
        starts_at=now(),
        sequence=1,
    )
    assert await hear(cancelled) == [True, True]
    assert await hear(cancelled) == [False, False]
    await shop.work()

    assert (await shop.shown(buyer, order))["status"] == "REFUNDED"
    [refund] = await published(session, RefundProcessed)
    assert (refund.amount_minor, refund.reason) == (15000, "The webinar was cancelled")
    again = await shop.order(buyer, webinar_id, item_type="WEBINAR")
    assert again.json()["code"] == "item-not-for-sale"


async def test_whoever_pays_for_a_webinar_after_it_was_cancelled_gets_the_money_back(
    shop: Any, session: AsyncSession, buyer: TestCaller, hear: Any
) -> None:
    webinar_id = uuid7()
    await hear(WebinarScheduled(**webinar_facts(webinar_id, version=1, amount_minor=10000)))
    order = await shop.ordered(buyer, webinar_id, item_type="WEBINAR")
    await hear(
        WebinarCancelled(
            version=2,
            webinar_id=webinar_id,
            host_id=uuid7(),
            title="ECG",
            starts_at=now(),
            sequence=1,
        )
    )
    await shop.pay(order)
    await shop.ask()
    await shop.spread(PaymentCaptured)
    await shop.work()

    assert (await shop.shown(buyer, order))["status"] == "REFUNDED"
    [refund] = await published(session, RefundProcessed)
    assert (refund.amount_minor, refund.fully_refunded) == (10000, True)
