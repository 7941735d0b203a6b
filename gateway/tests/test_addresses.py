"""A gateway before containers: names with any number of addresses, and operators' ports."""

import importlib.util
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest

GATEWAY = Path(__file__).resolve().parents[1]


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The container's program; it finds its neighbours beside itself."""
    monkeypatch.syspath_prepend(str(GATEWAY))
    spec = importlib.util.spec_from_file_location("gateway_follow", GATEWAY / "follow.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def settled(names: Any) -> Any:
    """What is known once every question is answered."""
    for _ in range(100):
        known = names.look()
        if all(answer.done() for answer in names._asked.values()):
            return names.look() or known
        time.sleep(0.01)
    raise AssertionError("nobody answers")


def test_a_name_with_two_addresses_is_two_members_of_its_group(follow: Any) -> None:
    words = ["--host=gateway", "--upstream=auth=auth-api:8001", "--also=8101=auth-worker:8101"]
    known = {"auth-api": ("10.0.0.2", "10.0.0.3"), "auth-worker": ("10.0.0.4",)}

    assert follow.hosts_in(words) == known.keys()
    assert follow.with_addresses(words, known) == [
        "--host=gateway",
        "--upstream=auth=10.0.0.2:8001,10.0.0.3:8001",
        "--also=8101=10.0.0.4:8101",
    ]


def test_requests_for_a_name_that_nobody_knows_yet_are_refused_at_once(follow: Any) -> None:
    words = follow.with_addresses(["--upstream=auth=auth-api:8001"], {"auth-api": ()})

    assert words == [f"--upstream=auth={follow.NOWHERE}"]


def test_a_name_that_is_gone_keeps_its_addresses_until_it_has_others(
    follow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    book: dict[str, tuple[str, ...]] = {"auth-api": ("10.0.0.2",)}
    monkeypatch.setattr(follow, "addresses_of", lambda host: book.get(host, ()))
    names = follow.Names({"auth-api"})
    assert settled(names) == {"auth-api": ("10.0.0.2",)}

    book.clear()
    assert settled(names) == {"auth-api": ("10.0.0.2",)}

    book["auth-api"] = ("10.0.0.9",)
    assert settled(names) == {"auth-api": ("10.0.0.9",)}


def test_addresses_come_in_a_fixed_order(follow: Any) -> None:
    assert follow.addresses_of("localhost") == ("127.0.0.1",)
    assert follow.addresses_of("nobody.invalid") == ()


def test_an_operators_port_passes_everything_on_as_it_came(
    make_gateway: Any, services: dict[str, Any]
) -> None:
    own = httpx2.URL(make_gateway().url).port
    assert own
    port = own - 1 if own > 20001 else own + 1
    make_gateway(also=f"{port}={services['auth'].address}")

    answer = httpx2.get(f"http://127.0.0.1:{port}/metrics")

    assert answer.status_code == 200
    assert (answer.json()["service"], answer.json()["path"]) == ("auth", "/metrics")
