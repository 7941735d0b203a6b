"""`docker compose` on this checkout's file, and what the engine knows of our containers."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from groundwork.waiting import Refused

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Container:
    """One container of the platform as the engine sees it."""

    name: str
    service: str
    status: str
    health: str
    restarts: int
    exit_code: int
    started: datetime

    @property
    def well(self) -> bool:
        """Whether it does what it is there for; a one-shot has done it when it ended with 0."""
        if self.status == "exited":
            return self.exit_code == 0 and not self.health
        return self.status == "running" and self.health in {"healthy", ""}


@dataclass(frozen=True)
class Compose:
    """The platform's compose project. `environment` wins over what stands in `.env`."""

    environment: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[str] = ("docker-compose.yml",)

    def command(self, *words: str) -> list[str]:
        """The whole command line."""
        files = [word for name in self.files for word in ("--file", str(ROOT / name))]
        return ["docker", "compose", *files, "--project-directory", str(ROOT), *words]

    def run(self, *words: str, **options: Any) -> int:
        """Run in the foreground; the exit code."""
        return subprocess.run(
            self.command(*words), env=self._variables(), check=False, **options
        ).returncode

    def read(self, *words: str, stdin: IO[bytes] | None = None) -> str:
        """What a command prints. Raises Refused with what it said when it fails."""
        ended = subprocess.run(
            self.command(*words),
            env=self._variables(),
            stdin=stdin or subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if ended.returncode != 0:
            said = ended.stderr.decode(errors="replace")[-4000:]
            raise Refused(f"docker compose {words[0]} failed:\n{said}")
        return ended.stdout.decode()

    def follow(self, *words: str) -> Iterator[str]:
        """The lines that a command prints, as they come. Raises Refused when it fails."""
        command = self.command(*words)
        with subprocess.Popen(
            command,
            env=self._variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            last: list[str] = []
            for line in process.stdout or ():
                last = [*last[-20:], line]
                yield line.rstrip()
        if process.returncode != 0:
            raise Refused(f"docker compose {words[0]} failed:\n{''.join(last)}")

    def pipe(self, *words: str) -> "subprocess.Popen[bytes]":
        """A command whose standard output is read as bytes."""
        return subprocess.Popen(
            self.command(*words),
            env=self._variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )

    def tool(self, *words: str) -> list[str]:
        """The words that run a command once, in a container with every setting."""
        return ["run", "--rm", "--no-deps", "--no-TTY", "--quiet-pull", "tools", *words]

    def containers(self) -> list[Container]:
        """Every container of the platform, by name; those of commands run by hand are left out."""
        ids = self.read("ps", "--all", "--quiet").split()
        if not ids:
            return []
        # One that ended and was replaced since is not known any more; the others are told.
        told = subprocess.run(
            ["docker", "inspect", *ids], capture_output=True, text=True, check=False
        )
        if not told.stdout.strip():
            raise Refused(f"the Docker engine does not answer: {told.stderr.strip()[-500:]}")
        return sorted((_container(one) for one in json.loads(told.stdout)), key=lambda c: c.name)

    def volumes(self) -> set[str]:
        """The volumes of the platform that exist, without the project's name."""
        project = json.loads(self.read("config", "--format", "json"))["name"]
        mine = f"label=com.docker.compose.project={project}"
        told = subprocess.run(
            ["docker", "volume", "ls", "--quiet", "--filter", mine],
            capture_output=True,
            text=True,
            check=True,
        )
        return {name.removeprefix(f"{project}_") for name in told.stdout.split()}

    def images(self) -> dict[str, str]:
        """The images that are built here, and the id of each that exists."""
        services = json.loads(self.read("config", "--format", "json"))["services"]
        names = sorted({one["image"] for one in services.values() if "build" in one})
        ids = {}
        for name in names:
            asked = ["docker", "image", "inspect", "--format", "{{.Id}}", name]
            told = subprocess.run(asked, capture_output=True, text=True, check=False)
            ids[name] = told.stdout.strip()
        return ids

    def _variables(self) -> dict[str, str]:
        # The person's own: where the engine is, how it is reached.
        return {**os.environ, **self.environment}  # noqa: TID251


def _container(told: dict[str, Any]) -> Container:
    state, labels = told["State"], told["Config"]["Labels"]
    service, number = (labels[f"com.docker.compose.{name}"] for name in _LABELS)
    return Container(
        name=service if number == "1" else f"{service}-{number}",
        service=service,
        status=state["Status"],
        health=state.get("Health", {}).get("Status", ""),
        restarts=told["RestartCount"],
        exit_code=state["ExitCode"],
        started=datetime.fromisoformat(state["StartedAt"]),
    )


_LABELS = ("service", "container-number")


def demand_engine() -> None:
    """See that there is a Docker engine and a compose that knows the file. Raises Refused."""
    for command, wanted in (
        (["docker", "compose", "version"], "docker with its compose plugin is not installed"),
        (["docker", "info"], "no Docker engine answers"),
    ):
        try:
            asked = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise Refused(wanted) from None
        if asked.returncode != 0:
            raise Refused(f"{wanted}: {asked.stderr.strip()[-500:]}")
