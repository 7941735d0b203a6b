"""Points: by rule, each event once, within the day's cap; the ledger adds up."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.access import Role
from contracts.auth import UserProfileUpdated, UserRegistered
from contracts.content import CommentCreated, ContentType, PostLiked, PostPublished, Visibility
from contracts.course import (
    EnrollmentCompleted,
    EnrollmentCreated,
    LessonCompleted,
    QuizSubmitted,
)
from contracts.event import Account, Event, Person
from contracts.payment import PointsAwarded
from payment_service.points.models import PointsAccount, PointsTransaction
from payment_service.subscriptions import SUBSCRIPTIONS
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.testing.callers import TestCaller
from servicekit.testing.messages import published

POINTS = "/api/v1/gamification"


def lesson(user_id: UUID, at: datetime | None = None) -> LessonCompleted:
    """A lesson that somebody finished."""
    event = LessonCompleted(
        version=1,
        lesson_progress_id=uuid7(),
        lesson_id=uuid7(),
        lesson_title="The P wave",
        course_id=uuid7(),
        enrollment_id=uuid7(),
        user_id=user_id,
        completed_at=now(),
    )
    return event.stamped(uuid7(), at or now())


def merits(user_id: UUID) -> list[tuple[Event, int]]:
    """One event of each rewarded kind, and the points that the first rules give for it."""
    ids = {"course_id": uuid7(), "course_title": "ECG", "user_id": user_id}
    face = Person(full_name="Asha")
    return [
        (
            UserRegistered(version=1, user_id=user_id, role=Role.STUDENT, person=Account()),
            10,
        ),
        (
            PostPublished(
                version=1,
                post_id=uuid7(),
                author_id=user_id,
                content_type=ContentType.TEXT,
                visibility=Visibility.PUBLIC,
                published_at=now(),
            ),
            10,
        ),
        (
            PostLiked(
                version=1,
                like_id=uuid7(),
                post_id=uuid7(),
                author_id=user_id,
                user_id=uuid7(),
                excerpt="",
                person=face,
            ),
            1,
        ),
        (
            CommentCreated(
                version=1,
                comment_id=uuid7(),
                post_id=uuid7(),
                post_author_id=uuid7(),
                user_id=user_id,
                excerpt="",
                person=face,
            ),
            2,
        ),
        (
            EnrollmentCreated(
                version=1,
                enrollment_id=uuid7(),
                author_id=uuid7(),
                how="FREE",
                started_at=now(),
                **ids,
            ),
            10,
        ),
        (lesson(user_id), 10),
        (
            QuizSubmitted(
                version=1,
                attempt_id=uuid7(),
                quiz_id=uuid7(),
                lesson_id=uuid7(),
                course_id=uuid7(),
                user_id=user_id,
                score_pct=80,
                passed=True,
            ),
            20,
        ),
        (EnrollmentCompleted(version=2, enrollment_id=uuid7(), completed_at=now(), **ids), 100),
    ]


async def test_every_rewarded_event_brings_its_points_once(
    shop: Any, session: AsyncSession, buyer: TestCaller, hear: Any
) -> None:
    total = 0
    for event, points in merits(buyer.user_id):
        assert all(await hear(event))
        assert not any(await hear(event))
        total += points

    shown = (await shop.client.get(f"{POINTS}/points/me", headers=buyer.headers)).json()
    assert shown["balance"] == total
    assert await session.scalar(select(func.sum(PointsTransaction.points))) == total
    awarded = await published(session, PointsAwarded)
    assert [event.version for event in awarded] == list(range(1, 9))
    assert awarded[-1].balance == total


async def test_an_event_that_the_inbox_has_forgotten_is_still_one_merit(
    session: AsyncSession, buyer: TestCaller, hear: Any
) -> None:
    event = lesson(buyer.user_id)
    await hear(event)
    [row] = [one for one in SUBSCRIPTIONS if one.event is LessonCompleted]
    await row.handler(session, [event, event])
    await session.commit()

    assert len((await session.scalars(select(PointsTransaction))).all()) == 1


async def test_the_days_cap_holds_and_another_day_begins_anew(
    shop: Any, session: AsyncSession, buyer: TestCaller, admin: TestCaller, hear: Any
) -> None:
    rules = {"rules": [{"event_type": "lesson.completed", "points": 10, "daily_cap": 25}]}
    await shop.client.put(f"{POINTS}/rules", json=rules, headers=admin.headers)
    for _ in range(4):
        await hear(lesson(buyer.user_id))
    await hear(lesson(buyer.user_id, datetime.fromisoformat("2026-01-01T12:00:00Z")))

    lines = await session.scalars(select(PointsTransaction).order_by(PointsTransaction.id))
    assert [line.points for line in lines] == [10, 10, 5, 10]
    [account] = await session.scalars(select(PointsAccount))
    assert account.balance == 35


async def test_a_failed_quiz_and_ones_own_like_bring_nothing(
    session: AsyncSession, buyer: TestCaller, hear: Any
) -> None:
    quiz = next(one for one, _ in merits(buyer.user_id) if isinstance(one, QuizSubmitted))
    like = next(one for one, _ in merits(buyer.user_id) if isinstance(one, PostLiked))
    await hear(QuizSubmitted(**{**quiz.model_dump(), "passed": False}))
    await hear(PostLiked(**{**like.model_dump(), "user_id": buyer.user_id}))

    assert (await session.scalars(select(PointsTransaction))).all() == []


async def test_the_leaderboard_ranks_and_names(
    shop: Any, buyer: TestCaller, make_caller: Any, hear: Any
) -> None:
    first, second = buyer, make_caller()
    for version, name in ((2, "Asha Rao"), (1, "Old Name")):
        person = Person(full_name=name, username="asha")
        await hear(UserProfileUpdated(version=version, user_id=first.user_id, person=person))
    for who, count in ((second, 1), (first, 2)):
        for _ in range(count):
            await hear(lesson(who.user_id))
    await hear(lesson(second.user_id, datetime.fromisoformat("2020-01-01T00:00:00Z")))
    await hear(lesson(second.user_id, datetime.fromisoformat("2020-01-01T00:00:00Z")))

    today = (await shop.client.get(f"{POINTS}/leaderboard", params={"period": "DAY"})).json()
    ever = (await shop.client.get(f"{POINTS}/leaderboard", params={"limit": 1})).json()

    ranked = [(item["rank"], item["points"], item["full_name"]) for item in today["items"]]
    assert ranked == [(1, 20, "Asha Rao"), (2, 10, None)]
    assert [item["user_id"] for item in ever["items"]] == [str(second.user_id)]
    wrong = await shop.client.get(f"{POINTS}/leaderboard", params={"period": "YEAR"})
    assert wrong.status_code == 422


async def test_my_ledger_comes_newest_first_and_is_mine_alone(
    shop: Any, buyer: TestCaller, make_caller: Any, hear: Any
) -> None:
    events = [lesson(buyer.user_id) for _ in range(3)]
    for event in (*events, lesson(uuid7())):
        await hear(event)

    path = f"{POINTS}/transactions/me"
    page = (await shop.client.get(path, params={"limit": 2}, headers=buyer.headers)).json()
    rest = await shop.client.get(
        path, params={"cursor": page["next_cursor"]}, headers=buyer.headers
    )

    seen = [item["event_id"] for item in page["items"] + rest.json()["items"]]
    assert seen == [str(event.event_id) for event in events[::-1]]
    assert (await shop.client.get(path)).status_code == 401


async def test_anothers_points_are_for_anyone(shop: Any, buyer: TestCaller, hear: Any) -> None:
    await hear(lesson(buyer.user_id))

    known = await shop.client.get(f"{POINTS}/points/{buyer.user_id}")
    unknown = await shop.client.get(f"{POINTS}/points/{uuid7()}")

    assert (known.json()["balance"], unknown.json()["balance"]) == (10, 0)
    assert (await shop.client.get(f"{POINTS}/points/me")).status_code == 401


async def test_rules_are_read_and_replaced_by_admins(
    shop: Any, buyer: TestCaller, admin: TestCaller
) -> None:
    path = f"{POINTS}/rules"
    before = (await shop.client.get(path, headers=admin.headers)).json()["rules"]
    body = {"rules": [{"event_type": "post.liked", "points": 3}]}
    after = await shop.client.put(path, json=body, headers=admin.headers)

    assert len(before) == 8
    shown = [
        (rule["event_type"], rule["points"], rule["daily_cap"]) for rule in after.json()["rules"]
    ]
    assert shown == [("post.liked", 3, None)]
    assert (await shop.client.get(path, headers=buyer.headers)).status_code == 403
    assert (await shop.client.put(path, json=body, headers=buyer.headers)).status_code == 403


@pytest.mark.parametrize(
    "rule",
    [
        {"event_type": "moon.landed", "points": 1},
        {"event_type": "post.liked", "points": 0},
        {"event_type": "post.liked", "points": 1, "daily_cap": 0},
    ],
)
async def test_an_unsound_rule_is_refused(shop: Any, admin: TestCaller, rule: Any) -> None:
    answer = await shop.client.put(f"{POINTS}/rules", json={"rules": [rule]}, headers=admin.headers)

    assert answer.status_code == 422
