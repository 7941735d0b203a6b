"""Where the servers of tests come from, and that containers go again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from testcontainers.core.docker_client import DockerClient

from servicekit.testing import containers
from servicekit.testing.containers import OWNER, container_servers, image_of
from servicekit.testing.engines import Engine, chosen_engine, running_servers
from servicekit.testing.servers import Servers, ServersRefused, root_of_checkout

REDIS = frozenset({"redis"})
NO_ENGINE = "unix:///nobody/listens/here.sock"
Compose = Callable[[str], None]
needs_docker = pytest.mark.skipif(
    not containers.engine_answers(), reason="no Docker engine answers on this machine"
)


@pytest.fixture(autouse=True)
def _nothing_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCFLIQ_TEST_SERVERS", raising=False)
    monkeypatch.delenv("TEST_ENGINE", raising=False)


@pytest.fixture
def compose_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compose:
    """`compose_with(image)`: a checkout whose compose file gives Redis that image."""

    def write(image: str) -> None:
        (tmp_path / "docker-compose.yml").write_text(f'services: {{redis: {{image: "{image}"}}}}\n')

    monkeypatch.setattr(containers, "root_of_checkout", lambda: tmp_path)
    return write


def names_of_owner(owner: str) -> list[str]:
    client = DockerClient().client
    try:
        found = client.containers.list(all=True, filters={"label": f"{OWNER}={owner}"})
        return [str(one.name) for one in found]
    finally:
        client.close()


def test_servers_that_a_file_names_are_used_whatever_else_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = {"postgres": "p", "broker": "b", "management": "m", "redis": "r"}
    (tmp_path / "servers.json").write_text(json.dumps({**addresses, "pids": {"redis": 7}}))
    monkeypatch.setenv("DOCFLIQ_TEST_SERVERS", str(tmp_path / "servers.json"))
    monkeypatch.setenv("TEST_ENGINE", "docker")

    with running_servers() as servers:
        assert servers == Servers(**addresses)


def test_without_a_docker_engine_the_servers_are_native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NO_ENGINE)

    assert chosen_engine() is Engine.NATIVE


@pytest.mark.parametrize("engine", ["docker", "native"])
def test_a_person_forces_the_engine(monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", NO_ENGINE)
    monkeypatch.setenv("TEST_ENGINE", engine)

    assert chosen_engine() == engine


def test_a_docker_engine_that_was_forced_and_is_away_is_said_to_be_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", NO_ENGINE)
    monkeypatch.setenv("TEST_ENGINE", "docker")

    with pytest.raises(ServersRefused, match="no Docker engine answers"), running_servers():
        pass


def test_an_engine_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_ENGINE", "podman")

    with pytest.raises(ServersRefused, match="docker or native"):
        chosen_engine()


@pytest.mark.parametrize("service", ["postgres", "rabbitmq", "redis"])
def test_images_come_from_the_compose_file(service: str) -> None:
    assert image_of(service).startswith(f"{service}:")
    assert f" {service}:" in (root_of_checkout() / "docker-compose.yml").read_text()


def test_an_image_may_stand_behind_a_variable(
    compose_with: Compose, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose_with("${DOCFLIQ_REDIS_IMAGE:-redis:7}")
    assert image_of("redis") == "redis:7"

    monkeypatch.setenv("DOCFLIQ_REDIS_IMAGE", "mirror.example/redis:8")
    assert image_of("redis") == "mirror.example/redis:8"


@needs_docker
def test_a_docker_engine_is_chosen_by_itself() -> None:
    assert chosen_engine() is Engine.DOCKER


@needs_docker
def test_containers_are_removed_though_the_run_is_interrupted() -> None:
    ours = f"{socket.gethostname()}:{os.getpid()}"
    before = names_of_owner(ours)

    with suppress(KeyboardInterrupt), container_servers(REDIS) as servers:
        assert servers.redis.startswith("redis://:")
        assert servers.postgres == ""
        assert len(names_of_owner(ours)) == len(before) + 1
        raise KeyboardInterrupt

    assert names_of_owner(ours) == before


@needs_docker
def test_a_run_that_is_interrupted_while_containers_start_leaves_none() -> None:
    program = (
        "import time\n"
        "from servicekit.testing.containers import container_servers\n"
        "with container_servers(frozenset({'rabbitmq'})):\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE) as interrupted:  # noqa: S603  (our own)
        theirs = f"{socket.gethostname()}:{interrupted.pid}"
        while not names_of_owner(theirs):
            time.sleep(0.1)
        interrupted.send_signal(signal.SIGINT)
        _, words = interrupted.communicate(timeout=60)

    assert words.decode().endswith("KeyboardInterrupt\n")
    assert names_of_owner(theirs) == []


@needs_docker
def test_what_a_killed_run_left_is_removed_by_the_next() -> None:
    program = (
        "import os, signal\n"
        "from servicekit.testing.containers import container_servers\n"
        "with container_servers(frozenset({'redis'})):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program]) as killed:  # noqa: S603  (our own)
        killed.wait()
    theirs = f"{socket.gethostname()}:{killed.pid}"
    assert len(names_of_owner(theirs)) == 1

    containers.remove_abandoned()

    assert names_of_owner(theirs) == []


@needs_docker
def test_an_image_that_cannot_be_had_says_what_to_do(compose_with: Compose) -> None:
    compose_with("127.0.0.1:9/nobody/has-this:1")

    with pytest.raises(ServersRefused, match="TEST_ENGINE=native"), container_servers(REDIS):
        pass
