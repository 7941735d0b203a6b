"""Nothing lost, nothing twice, order kept, whatever dies in between."""

import asyncio
import random
import signal
import time
from typing import Any

import psycopg
import pytest

from servicekit.testing.waiting import eventually

# Fixtures of conftest.py; their classes cannot be imported from here.
Field = Any
MortalServers = Any


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(("read", "sending", "sending:37", "sent", "deleted"), id="relay"),
        pytest.param(
            ("arrived", "claimed:3", "handled", "committed:2", "settled", "acked"), id="consumer"
        ),
        pytest.param(("failed", "deferred", "counted", "cleared", "retried:2"), id="deferred"),
    ],
)
async def test_a_worker_killed_at_any_step_loses_nothing_and_does_nothing_twice(
    field_of_fire: Field, steps: tuple[str, ...]
) -> None:
    await field_of_fire.ready()
    field_of_fire.stop()
    for step in steps:
        field_of_fire.say(70)
        victim = field_of_fire.start(PROBE_DIES=step)
        assert await asyncio.to_thread(victim.wait, 60) == -signal.SIGKILL, step
    field_of_fire.start()

    await field_of_fire.comes_true(within=120)


async def test_two_relays_and_two_consumers_keep_order_while_they_are_killed_at_random(
    field_of_fire: Field, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311  (repeatable on purpose)
    await field_of_fire.ready()
    pair = [field_of_fire.workers[0], field_of_fire.start()]
    for _ in range(8):
        field_of_fire.say(125, aggregates=25)
        await asyncio.sleep(dice.uniform(0.1, 1.2))
        doomed = dice.randrange(2)
        pair[doomed].kill()
        pair[doomed].wait()
        pair[doomed] = field_of_fire.start()

    await field_of_fire.comes_true(within=120)


async def stream(field_of_fire: Field, count: int, seconds: float) -> None:
    """Say `count` events within about `seconds`; a database that is away is tried again."""
    rounds = count // 20
    for _ in range(rounds):
        while True:
            try:
                await asyncio.to_thread(field_of_fire.say, 20, aggregates=20)
                break
            except (psycopg.Error, OSError):
                await asyncio.sleep(0.1)
            except Exception as error:
                if "psycopg" not in type(getattr(error, "orig", None)).__module__:
                    raise
                await asyncio.sleep(0.1)
        await asyncio.sleep(seconds / rounds)


@pytest.mark.parametrize("server", ["rabbitmq", "postgres"])
async def test_a_server_killed_and_back_under_a_stream_of_a_thousand_events(
    field_of_fire: Field, mortals: MortalServers, server: str
) -> None:
    await field_of_fire.ready()
    field_of_fire.start()
    speaking = asyncio.create_task(stream(field_of_fire, 1000, 6))
    await asyncio.sleep(1.5)
    began = time.monotonic()
    await asyncio.to_thread(mortals.kill, server)
    await speaking

    await field_of_fire.comes_true(within=120)
    print(f"{server}: all is true {time.monotonic() - began:.1f} s after the kill")


async def test_a_message_that_crashes_its_process_is_given_up_and_the_good_ones_pass(
    field_of_fire: Field,
) -> None:
    await field_of_fire.ready()
    field_of_fire.stop()
    field_of_fire.say(39, aggregates=3)  # versions 1 to 13; three of them crash
    environment = {"PROBE_CRASHES": 1, "DOCFLIQ_RETRY_DELAYS": "0.1,0.1"}

    async def given_up() -> bool:
        if field_of_fire.workers and field_of_fire.workers[-1].poll() is not None:
            field_of_fire.start(**environment)
        await asyncio.sleep(0.1)
        passed = "SELECT count(*)::int FROM effects WHERE handler = 'crash'"
        letters = field_of_fire.rows("SELECT count(*)::int FROM letters")
        return (letters, field_of_fire.rows(passed)) == ([(3,)], [(36,)])

    field_of_fire.start(**environment)
    await eventually(given_up, within=120)

    assert field_of_fire.rows("SELECT DISTINCT queue, cause FROM letters") == [
        ("probe-service.__main__.crash", "the process died in the last attempt")
    ]
