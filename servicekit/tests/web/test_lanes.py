"""A lane takes what it understands; everything else goes the ordinary way and fares the same."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI, Response
from httpx2 import AsyncClient
from prometheus_client import REGISTRY

from servicekit.testing.callers import TestCaller
from servicekit.testing.plugin import MakeCaller
from servicekit.web.lanes import Asked

SALES = "/api/v1/sales"
QUICK = b'{"name": "quick"}'
JSON = {"Content-Type": "application/json"}


async def sell_quickly(asked: Asked) -> Response | None:
    """Takes what is meant for it."""
    return Response("by the lane", 201) if b"quick" in asked.body else None


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    """The shop, with a short way for some of its sales."""
    app.state.lanes = {("POST", SALES): sell_quickly}
    return app


@pytest.fixture
async def known(client: AsyncClient, make_caller: MakeCaller) -> TestCaller:
    """Somebody whose token was verified before."""
    caller = make_caller()
    await client.get(f"{SALES}/mine", headers=caller.headers)
    return caller


def answered() -> float:
    """How many POSTs the metrics know of."""
    labels = {"method": "POST", "status": "201"}
    return REGISTRY.get_sample_value("docfliq_http_requests_total", labels) or 0


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body[:5]
    yield body[5:]


async def test_a_lane_answers_whom_it_knows_and_the_edge_counts_once(
    client: AsyncClient, known: TestCaller
) -> None:
    before = answered()
    sent = {**JSON, **known.headers, "X-Request-ID": "a-known-request"}
    answer = await client.post(SALES, content=QUICK, headers=sent)

    assert (answer.status_code, answer.text) == (201, "by the lane")
    assert answer.headers.get_list("x-request-id") == ["a-known-request"]
    assert answered() == before + 1


@pytest.mark.parametrize(
    ("more", "body"),
    [
        ({"Content-Type": "application/vnd.shop+json"}, QUICK),
        ({}, in_pieces(QUICK)),
        ({}, QUICK + b" " * 65_536),
        ({}, b'{"name": "another"}'),
    ],
    ids=["another type", "of unknown length", "large", "left by the lane"],
)
async def test_what_is_not_for_the_lane_goes_the_ordinary_way_whole(
    client: AsyncClient,
    known: TestCaller,
    more: dict[str, str],
    body: bytes | AsyncIterator[bytes],
) -> None:
    before = answered()
    answer = await client.post(SALES, content=body, headers={**JSON, **known.headers, **more})

    assert answer.status_code == 201
    assert answer.json()["name"] in {"quick", "another"}
    assert len(answer.headers.get_list("x-request-id")) == 1
    assert answered() == before + 1


async def test_nobody_unknown_is_let_in_by_a_lane(
    client: AsyncClient, make_caller: MakeCaller
) -> None:
    caller = make_caller()
    bad = {"Authorization": f"{caller.headers['Authorization']}x"}
    answers = [
        await client.post(SALES, content=QUICK, headers={**JSON, **headers})
        for headers in ({}, bad, caller.headers)
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 201]
    assert answers[2].json()["name"] == "quick"
