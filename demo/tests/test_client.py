"""The player repeats what got no answer, and nothing else."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from demo.client import Client, Refusal, Wire

Answer = Callable[[httpx2.Request], httpx2.Response]


@pytest.fixture
async def make_client() -> AsyncIterator[Callable[[list[Any]], tuple[Client, list[Any]]]]:
    """A client whose requests get these answers, one after the other, and are kept."""
    opened: list[httpx2.AsyncClient] = []

    def make(answers: list[Any]) -> tuple[Client, list[Any]]:
        asked: list[httpx2.Request] = []

        def answer(request: httpx2.Request) -> httpx2.Response:
            asked.append(request)
            given = answers[len(asked) - 1]
            if isinstance(given, Exception):
                raise given
            status, body = given
            return httpx2.Response(status, json=body)

        http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
        opened.append(http)
        return Client(Wire(http=http, api="http://gateway/api/v1")), asked

    yield make
    for http in opened:
        await http.aclose()


async def test_a_request_without_an_answer_is_repeated_with_its_key(make_client: Any) -> None:
    lost = httpx2.ReadError("gone")
    client, asked = make_client([lost, (502, {}), (201, {"id": "1"})])

    made = await client.post("/payment/orders", {"item_id": "x"}, key="k1")

    assert made == {"id": "1"}
    assert [one.headers["idempotency-key"] for one in asked] == ["k1", "k1", "k1"]


async def test_what_an_unanswered_write_has_made_is_not_made_again(make_client: Any) -> None:
    client, asked = make_client([httpx2.ReadError("gone"), (201, {"id": "second"})])

    async def happened() -> dict[str, str]:
        return {"id": "first"}

    assert await client.post("/cms/posts", {}, happened=happened) == {"id": "first"}
    assert len(asked) == 1


async def test_a_refusal_is_not_repeated(make_client: Any) -> None:
    client, asked = make_client([(500, {"code": "internal-error"})])

    with pytest.raises(Refusal) as refused:
        await client.get("/feed")

    assert (refused.value.status, refused.value.code) == (500, "internal-error")
    assert len(asked) == 1


async def test_a_key_whose_first_request_is_under_way_is_tried_again(make_client: Any) -> None:
    client, asked = make_client([(409, {"code": "request-in-flight"}), (201, {"id": "1"})])

    assert await client.post("/payment/orders", {}, key="k1") == {"id": "1"}
    assert len(asked) == 2
