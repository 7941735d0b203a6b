"""Where the servers of tests come from: a file that names them, containers, or no containers."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from servicekit.testing.servers import ALL_SERVERS, Servers, ServersRefused, root_of_checkout


class Engine(StrEnum):
    """What starts the servers; `TEST_ENGINE` forces docker or native."""

    NAMED = "named"
    DOCKER = "docker"
    NATIVE = "native"


def chosen_engine() -> Engine:
    """Servers that `DOCFLIQ_TEST_SERVERS` names; else containers, where a Docker engine answers."""
    variables = os.environ  # noqa: TID251  (no service, so no Settings)
    if variables.get("DOCFLIQ_TEST_SERVERS"):
        return Engine.NAMED
    if forced := variables.get("TEST_ENGINE"):
        if forced not in {Engine.DOCKER, Engine.NATIVE}:
            raise ServersRefused(f"TEST_ENGINE is docker or native, not {forced}")
        return Engine(forced)
    from servicekit.testing.containers import engine_answers  # noqa: PLC0415  (not needed above)

    return Engine.DOCKER if engine_answers() else Engine.NATIVE


@contextmanager
def running_servers(only: frozenset[str] = ALL_SERVERS) -> Iterator[Servers]:
    """The servers of this test run. Containers (those in `only`) end with it; the others stay."""
    engine = chosen_engine()
    if engine is Engine.DOCKER:
        from servicekit.testing.containers import container_servers  # noqa: PLC0415  (only here)

        with container_servers(only) as servers:
            yield servers
    else:
        yield Servers.of(_named() if engine is Engine.NAMED else _native())


def _named() -> dict[str, str]:
    path = Path(os.environ["DOCFLIQ_TEST_SERVERS"])  # noqa: TID251  (as above)
    return dict(json.loads(path.read_text()))


def _native() -> dict[str, str]:
    """Private servers in `.stack/test`, started if they do not run."""
    script = "deploy/native/servers.py"
    command = [sys.executable, script, "up", "--stack", ".stack/test", "--in-memory", "--json"]
    started = subprocess.run(  # noqa: S603  (our own script)
        command, cwd=root_of_checkout(), check=True, capture_output=True, text=True
    )
    return dict(json.loads(started.stdout))
