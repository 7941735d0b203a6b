"""SIGKILL of every container on the way through the journey; then a backup and the way back."""

import asyncio
from typing import Any

import pytest

from demo.journey import JOURNEY, play

STEPS = [step for _, steps in JOURNEY for step in steps]
UPLOAD = next(place for place, (name, _) in enumerate(STEPS) if "uploads a video" in name)


@pytest.mark.parametrize("during_the_upload", ["auth-api", "media-worker", "postgres"])
async def test_killing_every_container_once_does_not_change_the_outcome(
    platform: Any, new_journey: Any, during_the_upload: str
) -> None:
    victims = await asyncio.to_thread(platform.running)
    assert len(victims) >= 18
    every = len(STEPS) // len(victims)
    among = [name.rpartition("-")[0] for name in victims]
    first = among.index(during_the_upload) - UPLOAD // every
    victims = victims[first:] + victims[:first]
    before = await asyncio.to_thread(platform.deaths)

    async with new_journey() as story:
        for place, (name, step) in enumerate(STEPS):
            dying = victims[place // every : place // every + 1] if place % every == 0 else []
            with story.transcript.step(" ".join([name, *dying])) as told:
                kills = [asyncio.to_thread(platform.kill, victim) for victim in dying]
                *_, told.fact = await asyncio.gather(*kills, step(story))

    await asyncio.to_thread(platform.wait_until_healthy)
    after = await asyncio.to_thread(platform.deaths)
    assert [name for name in victims if after[name] == before[name]] == []


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
