"""The servers that `make test` starts without containers, which its journeys need in any case."""

import os
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
import suite
from engine.platform import stop
from engine.processes import find_processes
from engine.stack import ROOT, Stack, open_stack
from engine.waiting import Quiet, is_open

from servicekit.testing.broker import new_vhost
from servicekit.testing.servers import ALL_SERVERS


@pytest.fixture
def stack() -> Iterator[Stack]:
    # Not under /tmp: the servers' users may not enter pytest's own folder.
    stack = open_stack(ROOT / ".stack" / f"suite-{os.getpid()}")
    yield stack
    stop(stack, Quiet())
    shutil.rmtree(stack.home)


def test_all_servers_answer_and_end_with_the_suite_that_started_them(stack: Stack) -> None:
    with suite.native_servers(stack, ALL_SERVERS) as servers:
        with psycopg.connect(servers.postgres) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with new_vhost(servers.management, servers.broker, "suite") as vhost:
            assert vhost.queues()
        assert is_open(urlsplit(servers.redis).port or 0)

    assert find_processes(stack.home) == []


def test_servers_that_ran_already_are_left_running(stack: Stack) -> None:
    only = frozenset({"redis"})
    with suite.native_servers(stack, only):
        with suite.native_servers(stack, only) as servers:
            port = urlsplit(servers.redis).port or 0
        assert is_open(port)

    assert not is_open(port)
