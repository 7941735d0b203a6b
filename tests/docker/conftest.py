"""The platform in containers, as `ENGINE=docker make up` starts it, and means to hurt it.

Only asked for by `make faults ENGINE=docker`: it builds images, and takes the platform's own ports.
"""

import json
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from demo.settings import Addresses
from demo.stage import new_story
from demo.story import Story
from demo.transcript import Transcript

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Platform:
    """The containers of this checkout."""

    at: Addresses

    def engine(self, *words: str) -> str:
        """A command of the docker engine, as `make` runs it."""
        return run("sh", "deploy/docker/run.sh", *words)

    def compose(self, *words: str) -> str:
        """Docker compose itself, as a person types it."""
        return run("docker", "compose", *words)

    def inspect(self) -> dict[str, dict[str, Any]]:
        """What the engine knows of each container, by `<service>-<number>`."""
        ids = self.compose("ps", "--all", "--quiet").split()
        told: list[dict[str, Any]] = json.loads(run("docker", "inspect", *ids))
        return {_name(one): one for one in told}

    def running(self) -> list[str]:
        """The containers that run."""
        return sorted(name for name, one in self.inspect().items() if one["State"]["Running"])

    def kill(self, name: str) -> None:
        """SIGKILL from the kernel's side, as when memory ends: the container must come back.

        `docker kill` counts as a person's wish, after which no restart policy starts it again.
        """
        told = self.inspect()
        image, pid = told["provision-1"]["Image"], told[name]["State"]["Pid"]
        words = ("--rm", "--pid=host", "--user=0", "--network=none", "--entrypoint=python", image)
        run("docker", "run", *words, "-c", f"import os; os.kill({pid}, 9)")

    def deaths(self) -> dict[str, int]:
        """How often each container was started again by the engine."""
        return {name: int(one["RestartCount"]) for name, one in self.inspect().items()}

    @contextmanager
    def squatters(self, count: int) -> Iterator[None]:
        """Strangers in the platform's network, who take the addresses that are free now."""
        told = self.inspect()["gateway-1"]
        network = next(iter(told["NetworkSettings"]["Networks"]))
        words = ("--detach", "--rm", f"--network={network}", "--entrypoint=sleep", told["Image"])
        strangers = [run("docker", "run", *words, "600").strip() for _ in range(count)]
        try:
            yield
        finally:
            run("docker", "kill", *strangers)

    def wait_until_healthy(self, *, within: float = 120) -> None:
        """Every container that has a health check says that it is well."""
        deadline = time.monotonic() + within
        while ill := [name for name, one in self.inspect().items() if not _is_well(one)]:
            assert time.monotonic() < deadline, ill
            time.sleep(1)


def run(*command: str) -> str:
    """What a command prints; it must succeed."""
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{command}:\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}"
    return ended.stdout


def try_to(*command: str) -> bool:
    """Whether a command succeeds."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0


def _name(told: dict[str, Any]) -> str:
    labels = told["Config"]["Labels"]
    service, number = (labels[f"com.docker.compose.{of}"] for of in ("service", "container-number"))
    return f"{service}-{number}"


def _is_well(told: dict[str, Any]) -> bool:
    state = told["State"]
    healthy = state.get("Health", {"Status": "healthy"})["Status"] == "healthy"
    return healthy and bool(state["Running"] or state["ExitCode"] == 0)


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """Everything, healthy; it is left running, as `make up` leaves it."""
    if not try_to("docker", "info"):
        pytest.skip("no Docker engine answers")
    platform = Platform(Addresses(_env_file=ROOT / ".env"))
    platform.engine("up", "--scale", "1")
    yield Platform(Addresses(_env_file=ROOT / ".env"))
    platform.engine("up", "--scale", "1")


@pytest.fixture
def gateway(platform: Platform) -> Iterator[httpx2.Client]:
    """Somebody who is not signed in."""
    with httpx2.Client(base_url=platform.at.gateway, timeout=10, trust_env=False) as client:
        yield client


NewJourney = Callable[[], AbstractAsyncContextManager[Story]]


@pytest.fixture
def new_journey(platform: Platform) -> NewJourney:
    """A run of the main journey on the published ports."""

    @asynccontextmanager
    async def begin() -> AsyncIterator[Story]:
        async with new_story(platform.at, Transcript()) as story:
            yield story

    return begin
