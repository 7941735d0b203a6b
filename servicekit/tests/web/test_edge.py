"""Whatever comes in, what goes out is an answer that a program can read."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from starlette.types import Message, Receive, Scope, Send

from servicekit.database import new_engine, new_sessions
from servicekit.ids import uuid7
from servicekit.settings import ServiceSettings
from servicekit.testing.plugin import MakeCaller
from servicekit.web.edge import Edge

SALES = "/api/v1/sales"


async def test_a_path_answers_with_and_without_its_slash(client: AsyncClient) -> None:
    answers = [await client.get(f"{SALES}/open{end}") for end in ("", "/")]

    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b'{"name": "' + b"x" * 1_100_000 + b'"}', 413),
        (b'{"name": 1}', 422),
        (b'{"name": "a", "surprise": 1}', 422),
        (b'{"name": "a\\u0000b"}', 422),
        (b'{"name": "\\ud800"}', 422),
        (b'{"name": "a", "price": NaN}', 422),
        (b'{"name": "a", "price": 1.5}', 422),
        (b'{"name": "a", "price": "1.555"}', 422),
        (b'{"name": "a", "price": ' + b"9" * 5000 + b"}", 400),
        (b"\xff\xfe", 400),
        (b"null", 422),
    ],
)
async def test_a_bad_body_is_refused_in_words(
    client: AsyncClient, make_caller: MakeCaller, content: bytes, status: int
) -> None:
    headers = make_caller().headers | {"Content-Type": "application/json"}

    answer = await client.post(SALES, content=content, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == f"/problems/{problem['code']}"
    assert problem["instance"] == SALES
    assert problem["request_id"] == answer.headers["x-request-id"]


async def test_a_wrong_field_is_named_by_its_pointer(
    client: AsyncClient, make_caller: MakeCaller
) -> None:
    answer = await client.post(SALES, json={"name": ""}, headers=make_caller().headers)

    [wrong] = answer.json()["errors"]
    assert wrong["pointer"] == "/name"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PUT", f"{SALES}/open", 405), ("GET", f"{SALES}/broken", 500)],
)
async def test_an_unknown_address_and_a_fault_of_ours_are_problems_too(
    client: AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


async def test_a_request_keeps_the_id_that_the_gateway_gave_it(client: AsyncClient) -> None:
    answer = await client.get(f"{SALES}/open", headers={"X-Request-ID": "gateway-12345678"})
    forged = await client.get(f"{SALES}/open", headers={"X-Request-ID": "a b\tc"})

    assert answer.headers["x-request-id"] == "gateway-12345678"
    assert forged.headers["x-request-id"] != "a b\tc"


async def test_open_streams_leave_room_for_other_requests() -> None:
    streaming, ended = asyncio.Event(), asyncio.Event()
    statuses: list[int] = []

    async def serve(scope: Scope, _receive: Receive, send: Send) -> None:
        kind = b"text/event-stream" if scope["path"] == "/stream" else b"text/plain"
        headers = [(b"content-type", kind)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        streaming.set()
        await ended.wait()

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    edge = Edge(serve, max_in_flight=1)

    async def ask(path: str) -> None:
        scope = {"type": "http", "method": "GET", "path": path, "headers": []}
        await edge(scope, receive, send)

    async with asyncio.TaskGroup() as tasks:
        for path in ("/stream", "/ordinary", "/one-too-many"):
            streaming.clear()
            tasks.create_task(ask(path))
            if path != "/one-too-many":
                await streaming.wait()
        await asyncio.sleep(0)
        ended.set()

    assert statuses == [200, 200, 503]


async def test_the_service_says_how_it_is(client: AsyncClient) -> None:
    health, ready = await client.get("/health"), await client.get("/api/v1/ready")

    assert health.json() == {"status": "ok", "service": "shop"}
    assert ready.status_code == 200
    assert ready.json()["status"] in {"ok", "degraded"}
    assert "docfliq_http_requests_total" in (await client.get("/metrics")).text


async def sell(client: AsyncClient, headers: dict[str, str], key: str, name: str = "book") -> Any:
    keyed = headers | {"Idempotency-Key": key}
    return await client.post(SALES, json={"name": name, "price": "499"}, headers=keyed)


async def count_sales(session: AsyncSession) -> int:
    return await session.scalar(text("SELECT count(*) FROM sales")) or 0


async def test_the_same_key_sells_once_and_answers_the_same(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller
) -> None:
    headers, key = make_caller().headers, str(uuid7())

    first, again = await sell(client, headers, key), await sell(client, headers, key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["price"] == "499.00"
    assert first.headers["location"] == again.headers["location"]
    assert await count_sales(session) == 1


async def test_a_key_is_free_again_when_its_request_found_no_connection(
    client: AsyncClient, engine: AsyncEngine, session: AsyncSession, make_caller: MakeCaller
) -> None:
    headers, keys = make_caller().headers, [str(uuid7()) for _ in range(30)]

    async with engine.begin() as other:
        await other.execute(text("LOCK TABLE sales"))
        crowd = asyncio.gather(*(sell(client, headers, key) for key in keys))
        await asyncio.sleep(2.5)
    answers = dict(zip(keys, await crowd, strict=True))
    refused = [key for key, answer in answers.items() if answer.status_code == 503]
    assert refused
    await asyncio.sleep(1.5)

    again = [await sell(client, headers, key) for key in refused]

    assert {answer.status_code for answer in again} == {201}
    assert await count_sales(session) == len(keys)


async def test_the_same_key_with_another_body_is_refused(
    client: AsyncClient, make_caller: MakeCaller
) -> None:
    headers, key = make_caller().headers, str(uuid7())
    await sell(client, headers, key)

    answer = await sell(client, headers, key, name="pen")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")


async def test_twenty_at_once_with_one_key_sell_once(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller
) -> None:
    headers, key = make_caller().headers, str(uuid7())

    answers = await asyncio.gather(*(sell(client, headers, key) for _ in range(20)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert await count_sales(session) == 1


async def test_a_refusal_frees_the_key_and_leaves_no_row(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller
) -> None:
    headers, key = make_caller().headers, str(uuid7())

    refused = await sell(client, headers, key, name="nothing")
    retried = await sell(client, headers, key, name="book")

    assert (refused.status_code, refused.json()["left"]) == (409, 0)
    assert retried.status_code == 201
    assert await count_sales(session) == 1


async def test_two_people_may_use_the_same_key(
    client: AsyncClient, session: AsyncSession, make_caller: MakeCaller
) -> None:
    key = str(uuid7())

    answers = [await sell(client, make_caller().headers, key) for _ in range(2)]

    assert answers[0].json()["id"] != answers[1].json()["id"]
    assert await count_sales(session) == 2


async def test_guessing_is_slowed_down_and_says_for_how_long(
    client: AsyncClient, settings: ServiceSettings
) -> None:
    redis = Redis.from_url(settings.redis_url)
    await redis.flushdb()
    await redis.aclose()

    answers = [await client.post(f"{SALES}/guess") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 3600


async def test_without_redis_the_limit_is_half_and_the_service_works(
    app: FastAPI, client: AsyncClient, settings: ServiceSettings
) -> None:
    away = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    app.state.limits = type(app.state.limits)(away)

    answers = [await client.post(f"{SALES}/guess") for _ in range(2)]
    ready = await client.get("/ready")

    assert [answer.status_code for answer in answers] == [200, 429]
    assert (ready.status_code, ready.json()["redis"]) == (200, "down")


async def test_a_statement_that_fails_does_not_carry_its_values_into_the_log(
    settings: ServiceSettings,
) -> None:
    engine = new_engine(settings)
    try:
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError) as failed:
                await connection.execute(text("SELECT 1/0, CAST(:it AS text)"), {"it": "hush"})
    finally:
        await engine.dispose()

    assert "hush" not in str(failed.value)


async def test_without_its_database_a_service_says_when_to_come_back(
    settings: ServiceSettings, make_caller: MakeCaller, app: FastAPI, client: AsyncClient
) -> None:
    gone = type(settings.database_url)("postgresql://nobody@127.0.0.1:1/none")
    engine = new_engine(settings.model_copy(update={"database_url": gone}))
    whole = app.state.engine, app.state.sessions
    app.state.engine, app.state.sessions = engine, new_sessions(engine)

    answer = await client.post(SALES, json={"name": "book"}, headers=make_caller().headers)
    ready = await client.get("/ready")
    app.state.engine, app.state.sessions = whole

    assert (answer.status_code, answer.json()["code"]) == (503, "service-unavailable")
    assert answer.headers["retry-after"] == "1"
    assert (ready.status_code, ready.json()["database"]) == (503, "down")
