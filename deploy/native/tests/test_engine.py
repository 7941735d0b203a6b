"""The parts that talk to real processes: supervisord, PostgreSQL and Redis of an own stack."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from engine.memory import has_room
from engine.platform import start_servers, stop, stop_servers
from engine.processes import find_processes
from engine.programs import Program, configuration
from engine.stack import ROOT, Stack, open_stack, prepare
from engine.status import deaths_in
from engine.supervisor import Supervisor
from engine.waiting import Quiet
from groundwork import envfiles
from groundwork.broker import fill_passwords
from groundwork.waiting import Refused

QUICK = frozenset({"postgres", "redis"})


@pytest.fixture
def stack() -> Iterator[Stack]:
    # Not under /tmp: the servers' users may not enter pytest's own folder.
    stack = open_stack(ROOT / ".stack" / f"engine-{os.getpid()}")
    yield stack
    stop_servers(stack, Quiet())
    shutil.rmtree(stack.home)


def postgres_answers(stack: Stack) -> bool:
    with psycopg.connect(envfiles.superuser_url(stack.settings)) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def pids(supervisor: Supervisor) -> dict[str, int]:
    return {state.name: state.pid for state in supervisor.states() if state.name in QUICK}


def test_a_second_start_finds_the_servers_and_leaves_them_alone(stack: Stack) -> None:
    first = pids(start_servers(stack, Quiet(), only=QUICK))
    second = pids(start_servers(stack, Quiet(), only=QUICK))

    assert first == second
    assert postgres_answers(stack)


def test_orphans_of_a_killed_supervisor_are_ended_and_nothing_stays_after_the_stop(
    stack: Stack,
) -> None:
    orphaned = pids(start_servers(stack, Quiet(), only=QUICK))
    os.kill(int((stack.home / "supervisord.pid").read_text()), signal.SIGKILL)

    again = pids(start_servers(stack, Quiet(), only=QUICK))
    assert not set(orphaned.values()) & set(again.values())
    assert postgres_answers(stack)

    stop(stack, Quiet())
    assert find_processes(stack.home) == []
    stop(stack, Quiet())


def test_an_interrupted_initdb_is_begun_anew(stack: Stack) -> None:
    prepare(stack)
    half = stack.home / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")

    start_servers(stack, Quiet(), only=QUICK)

    assert postgres_answers(stack)


def test_the_servers_command_prints_addresses_and_nothing_else(stack: Stack) -> None:
    command = [sys.executable, "deploy/native/servers.py", "up", "--stack", str(stack.home)]
    options = ["--json", "--only", "postgres", "redis"]

    started = subprocess.run(
        [*command, *options], cwd=ROOT, capture_output=True, text=True, check=True
    )

    addresses = json.loads(started.stdout)
    assert {"postgres", "broker", "management", "redis"} <= addresses.keys()
    assert json.loads((stack.home / "servers.json").read_text()) == addresses


@pytest.mark.skipif(not has_room(), reason="there is no room in memory")
def test_databases_in_memory_give_it_back_and_survive_a_link_to_nowhere(stack: Stack) -> None:
    start_servers(stack, Quiet(), only=QUICK, empty=True, in_memory=True)
    place = (stack.home / "postgres").resolve()
    assert place.is_relative_to("/dev")
    assert postgres_answers(stack)

    stop_servers(stack, Quiet())
    assert not place.exists()
    assert not (stack.home / "postgres").is_symlink()

    (stack.home / "postgres").symlink_to(place)  # as if the machine had been started again
    start_servers(stack, Quiet(), only=QUICK)
    assert postgres_answers(stack)


def test_a_shell_in_a_stacks_folder_is_none_of_its_processes(stack: Stack) -> None:
    (stack.home / "postgres").mkdir(parents=True)
    with subprocess.Popen(["sleep", "30"], cwd=stack.home / "postgres") as bystander:
        try:
            assert find_processes(stack.home) == []
        finally:
            bystander.kill()


def test_a_percent_sign_reaches_a_supervised_program_unchanged(stack: Stack) -> None:
    prepare(stack)
    program = Program(name="p", command=("printf", "%s"), ports={}, environment={"A": "50%"})

    text = configuration(stack, [program])

    assert "command=printf %%s\n" in text
    assert 'environment=A="50%%"\n' in text


def test_each_user_of_the_broker_gets_the_password_of_its_setting() -> None:
    definitions = {"vhosts": [], "users": [{"name": "auth-service", "tags": []}]}

    filled = fill_passwords(definitions, {"AUTH_BROKER_PASSWORD": "secret"})

    assert filled["users"] == [{"name": "auth-service", "tags": [], "password": "secret"}]


def test_a_user_of_the_broker_that_no_setting_knows_is_refused() -> None:
    with pytest.raises(Refused, match="stranger"):
        fill_passwords({"users": [{"name": "stranger"}]}, {})


def test_deaths_are_counted_since_supervisord_started_last() -> None:
    log = "\n".join(
        (
            "2026-01-02 03:00:00,000 INFO exited: redis (exit status 1; not expected)",
            "2026-01-02 03:04:00,000 INFO supervisord started with pid 7",
            "2026-01-02 03:04:05,678 WARN exited: redis (terminated by SIGKILL; not expected)",
            "2026-01-02 03:04:09,000 INFO stopped: postgres (exit status 0)",
        )
    )

    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
    assert deaths_in(log) == {"redis": [moment]}


def test_a_folder_of_a_test_stack_is_not_the_checkouts_own(tmp_path: Path) -> None:
    assert open_stack(ROOT / ".stack").main
    assert not open_stack(tmp_path).main
