"""SIGKILL of every container on the way through the journey; then a backup and the way back."""

import asyncio
from typing import Any

from demo.journey import JOURNEY, play


async def test_killing_every_container_once_does_not_change_the_outcome(
    platform: Any, new_journey: Any
) -> None:
    victims = await asyncio.to_thread(platform.running)
    assert len(victims) >= 18
    steps = [step for _, steps in JOURNEY for step in steps]
    every = len(steps) // len(victims)
    assert every >= 1
    killed: list[str] = []

    async def kill_soon(name: str) -> None:
        if await asyncio.to_thread(platform.kill, name):
            killed.append(name)

    async with new_journey() as story:
        for place, (name, step) in enumerate(steps):
            dying = victims[place // every : place // every + 1] if place % every == 0 else []
            with story.transcript.step(" ".join([name, *dying])) as told:
                *_, told.fact = await asyncio.gather(*map(kill_soon, dying), step(story))

    assert killed == victims
    await asyncio.to_thread(platform.wait_until_healthy)


async def test_what_a_backup_holds_is_there_after_a_reset_and_a_restore(
    platform: Any, new_journey: Any
) -> None:
    async with new_journey() as story:
        await play(story)
        certificate = story.certificate["verification_url"]
        file = (await asyncio.to_thread(platform.engine, "backup")).split()[-1]
        await asyncio.to_thread(platform.engine, "down")
        assert await asyncio.to_thread(platform.compose, "ps", "--all", "--quiet") == ""
        await asyncio.to_thread(platform.engine, "reset", "--yes")

        await asyncio.to_thread(platform.engine, "restore", file)

        page = await story.wire.send("GET", certificate)
        assert page.status_code == 200
        mine = await story.learner.api.collect("/certificates/me")
        assert [one["verification_url"] for one in mine] == [certificate]
