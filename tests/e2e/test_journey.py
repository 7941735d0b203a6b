"""The main journey: undisturbed with two of each, and with everything away or killed on its way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from demo.journey import JOURNEY, play
from demo.people import demo_account
from demo.seed import seed

BROKER_AWAY_SECS = 2.0


async def test_the_seed_makes_the_platform_inhabited_and_may_run_again(new_journey: Any) -> None:
    async with new_journey() as story:
        await seed(story)
        assert await seed(story) == "inhabited already"

        feed = await story.anybody.get("/feed", limit=50)
        courses = await story.anybody.collect("/lms/courses")

    assert len(feed["items"]) >= 25
    assert {one["pricing_type"] for one in courses} >= {"FREE", "PAID"}


async def test_the_journey_is_the_same_while_redis_is_away_and_the_broker_comes_and_goes(
    platform: Any, new_journey: Any
) -> None:
    async with new_journey() as story, _away(platform, "redis"):
        for _, steps in JOURNEY:
            await asyncio.to_thread(platform.stop, "rabbitmq")
            back = asyncio.create_task(_come_back(platform, "rabbitmq"))
            for name, step in steps:
                with story.transcript.step(name) as told:
                    told.fact = await step(story)
            await back


@pytest.mark.minutes
async def test_the_journey_is_the_same_while_the_broker_is_killed_in_each_of_its_steps(
    platform: Any, new_journey: Any
) -> None:
    steps = [step for _, steps in JOURNEY for step in steps]
    assert len(steps) > 30
    async with new_journey() as story:
        admin = await demo_account(story.wire, "admin")
        letters = await admin.api.collect("/admin/dead-letters")
        for name, step in steps:
            await platform.hears()
            with story.transcript.step(name) as told:
                # It is started again at once, and needs seconds until anybody can connect.
                assert await asyncio.to_thread(platform.kill, "rabbitmq"), "it was away already"
                told.fact = await step(story)

        await platform.hears()
        assert await admin.api.collect("/admin/dead-letters") == letters


@asynccontextmanager
async def _away(platform: Any, name: str) -> AsyncIterator[None]:
    """A server that is not there."""
    await asyncio.to_thread(platform.stop, name)
    try:
        yield
    finally:
        await asyncio.to_thread(platform.start, name)


async def _come_back(platform: Any, name: str) -> None:
    await asyncio.sleep(BROKER_AWAY_SECS)
    await asyncio.to_thread(platform.start, name)


async def test_killing_every_process_once_does_not_change_the_outcome(
    platform: Any, new_journey: Any
) -> None:
    running = await asyncio.to_thread(platform.programs)
    victims = sorted(running.keys() - {"epmd"})
    assert len(victims) >= 18
    steps = [step for _, steps in JOURNEY for step in steps]
    every = len(steps) // len(victims)
    killed: list[str] = []

    async def kill_soon(name: str) -> None:
        await asyncio.sleep(0.1)  # in the middle of the step, or right after it
        if await asyncio.to_thread(platform.kill, name):
            killed.append(name)

    async with new_journey() as story:
        for place, (name, step) in enumerate(steps):
            dying = victims[place // every : place // every + 1] if place % every == 0 else []
            with story.transcript.step(" ".join([name, *dying])) as told:
                *_, told.fact = await asyncio.gather(*map(kill_soon, dying), step(story))

    assert killed == victims


async def test_the_journey_plays_on_two_of_each(platform: Any, new_journey: Any) -> None:
    await asyncio.to_thread(platform.up, scale=2)
    running = await asyncio.to_thread(platform.programs)
    assert {"course-service", "course-service-2", "course-service-worker-2"} <= running.keys()

    async with new_journey() as story:
        await play(story)
