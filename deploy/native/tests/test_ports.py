import os
import socket
from collections.abc import Iterator

import pytest
from groundwork.ports import (
    BLOCK,
    DEFAULTS,
    FIRST_EPHEMERAL,
    PortsTaken,
    block_at,
    find_holder,
    free_block,
    instance_port,
    is_free,
)
from groundwork.services import APIS, SERVICES


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_a_taken_port_is_named_with_the_process_that_holds_it(listener: socket.socket) -> None:
    port = listener.getsockname()[1]

    holder = find_holder(port)

    assert not is_free(port)
    assert holder is not None
    assert holder.pid == os.getpid()
    assert "pytest" in holder.command
    refusal = str(PortsTaken({"DOCFLIQ_REDIS_PORT": (port, holder)}))
    assert f"port {port} (DOCFLIQ_REDIS_PORT) is taken by process {os.getpid()}" in refusal


def test_a_listener_on_ipv6_is_found_as_well() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        holder = find_holder(server.getsockname()[1])

    assert holder is not None
    assert holder.pid == os.getpid()


def test_a_port_that_nobody_holds_is_free_and_has_no_holder(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    listener.close()

    assert is_free(port)
    assert find_holder(port) is None


def test_every_default_port_lies_below_those_of_outgoing_connections() -> None:
    assert DEFAULTS
    assert all(port < FIRST_EPHEMERAL for port in DEFAULTS.values())


@pytest.mark.parametrize("ports", [dict(DEFAULTS), block_at(20000)], ids=["defaults", "block"])
def test_no_two_programs_share_a_port_even_when_there_are_two_of_each(
    ports: dict[str, int],
) -> None:
    scaled = [f"{api.prefix}_PORT" for api in APIS]
    scaled += [f"{service.prefix}_WORKER_PORT" for service in SERVICES]
    used = [*ports.values(), *(instance_port(ports[name], 2) for name in scaled)]

    assert len(used) == len(set(used))


def test_a_free_block_holds_every_port_of_a_stack() -> None:
    ports = free_block("a stack")

    assert ports.keys() == DEFAULTS.keys()
    assert max(ports.values()) - min(ports.values()) < BLOCK
    assert all(is_free(port) for port in ports.values())
