"""Two of one: both are asked, each has a name of its own, one may go, addresses may change."""

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

ASKED = 60


@pytest.fixture
def two(platform: Any) -> Iterator[list[str]]:
    """Two of content-api, the way a person asks for them."""
    platform.compose("up", "--detach", "--wait", "--scale", "content-api=2")
    yield ["content-api-1", "content-api-2"]
    platform.compose("up", "--detach", "--wait", "--scale", "content-api=1")


def answered(platform: Any, name: str) -> float:
    """How many requests a container has answered with 200."""
    service, _, number = name.rpartition("-")
    ask = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8002/metrics').read().decode())"
    told = platform.compose("exec", "-T", "--index", number, service, "python", "-c", ask)
    found = re.findall(r'^docfliq_http_requests_total\{[^}]*status="200"[^}]*\} (\S+)', told, re.M)
    return sum(map(float, found))


def read_search(gateway: httpx2.Client, n: int) -> httpx2.Response:
    """A page that the gateway has no copy of."""
    return gateway.get("/api/v1/feed", params={"limit": 1 + n % 50, "n": n})


def wait_for_two(platform: Any, gateway: httpx2.Client) -> None:
    """The gateway looks addresses up each second: until both have been asked."""
    deadline = time.monotonic() + 20
    before = answered(platform, "content-api-2")
    while answered(platform, "content-api-2") - before < 3:
        assert time.monotonic() < deadline
        for n in range(10):
            read_search(gateway, n)


def test_the_gateway_asks_both_in_turn(platform: Any, gateway: Any, two: list[str]) -> None:
    wait_for_two(platform, gateway)
    before = [answered(platform, name) for name in two]

    assert {read_search(gateway, n).status_code for n in range(ASKED)} == {200}

    shares = [answered(platform, name) - start for name, start in zip(two, before, strict=True)]
    assert min(shares) >= ASKED / 4, shares


def test_two_of_one_have_different_names(platform: Any, two: list[str]) -> None:
    names = (
        "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = 'docfliq_content'"
    )
    words = ("psql", "--no-align", "--tuples-only", "--username=docfliq_admin", "postgres")

    told = platform.compose("exec", "-T", "postgres", *words, "--command", names)

    hosts = {one["Config"]["Hostname"] for name, one in platform.inspect().items() if name in two}
    assert len(hosts) == 2
    assert {f"content-service/{host}" for host in hosts} <= set(told.split("\n"))


def test_when_one_of_two_is_killed_no_reader_notices(
    platform: Any, gateway: Any, two: list[str]
) -> None:
    wait_for_two(platform, gateway)

    platform.kill("content-api-2")
    answers = [read_search(gateway, n).status_code for n in range(ASKED)]

    assert set(answers) == {200}
    platform.wait_until_healthy()


def test_a_container_that_comes_back_elsewhere_is_found(platform: Any, gateway: Any) -> None:
    assert gateway.get("/health/webinar").status_code == 200
    before = addresses(platform, "webinar-api")
    platform.compose("rm", "--stop", "--force", "webinar-api")
    with platform.squatters(3):
        platform.compose("up", "--detach", "--wait", "webinar-api")
        assert not addresses(platform, "webinar-api") & before

        deadline = time.monotonic() + 10
        while gateway.get("/health/webinar").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def addresses(platform: Any, service: str) -> set[str]:
    """The addresses of a service's containers in the platform's network."""
    return {
        network["IPAddress"]
        for name, one in platform.inspect().items()
        if name.startswith(service)
        for network in one["NetworkSettings"]["Networks"].values()
    }
