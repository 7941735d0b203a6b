"""The floor of rows 3 and 5: a bare ASGI application around one statement; nothing else."""

import asyncio
import json
import sys
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from psycopg import AsyncConnection, AsyncCursor
from starlette.types import Receive, Scope, Send

from content_service.feed.queries import HOME, NEWEST, whole
from servicekit.clock import now
from servicekit.ids import uuid7

CONNECTIONS = 4
PAGE = 21
FEED = whole(HOME, PAGE).encode()
# What one post is in the database: itself, its document, its outbox row, in one round trip.
CREATE = b"""
    WITH person AS (SELECT FROM people WHERE user_id = %(me)s FOR SHARE),
    written AS (
        INSERT INTO posts (id, author_id, content_type, title, body, media_urls, visibility, status,
                           specialty_tags, hashtags, published_at, created_at, feed_id,
                           source_version, card, like_count, comment_count, bookmark_count,
                           text_version, version)
        VALUES (%(id)s, %(me)s, 'TEXT', %(title)s, %(body)s, '[]', 'PUBLIC', 'PUBLISHED', '[]',
                '[]', %(at)s, %(at)s, %(id)s, 0, %(card)s::jsonb, 0, 0, 0, 1, 1)),
    found AS (
        INSERT INTO documents (kind, id, owner_id, visibility, title, body, facts, plain_title,
                               vector, removed, version)
        VALUES ('POST', %(id)s, %(me)s, 'PUBLIC', %(title)s, %(body)s, '{}',
                lower(unaccent(%(title)s)), setweight(to_tsvector('dfq', %(title)s), 'A')
                    || setweight(to_tsvector('dfq', %(body)s), 'D'), false, 1)),
    said AS (
        INSERT INTO outbox (id, type, target, aggregate, version, payload, headers, created_at)
        VALUES (%(id)s, 'post.published', '', %(aggregate)s, 1, %(payload)s, '{}', %(at)s))
    SELECT count(*) FROM person
"""


class Floor:
    """`GET /feed?me=` and `POST /posts?me=`, one connection a request, statements prepared."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._cursors: asyncio.Queue[AsyncCursor[Any]] = asyncio.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        me = dict(parse_qsl(scope["query_string"].decode()))["me"]
        if scope["method"] == "GET":
            await self._answer(send, 200, await self._feed(me))
        else:
            body = json.loads((await receive())["body"])
            await self._answer(send, 201, await self._create(me, body))

    async def _feed(self, me: str) -> bytes:
        rows = await self._run(FEED, {"me": me, "open": ["PUBLIC"], "before": NEWEST})
        return f'{{"items":[{",".join(row[0] for row in rows[:-1])}]}}'.encode()

    async def _create(self, me: str, body: dict[str, str]) -> bytes:
        known = json.dumps(body)
        made = {"id": uuid7(), "me": me, "at": now(), "card": known, "payload": known}
        aggregate = f"post/{made['id']}"
        await self._run(CREATE, {**made, "aggregate": aggregate, **body})
        return known.encode()

    async def _run(self, statement: bytes, values: dict[str, Any]) -> list[Any]:
        cursor = await self._cursors.get()
        await cursor.execute(statement, values, prepare=True)
        rows = await cursor.fetchall()
        self._cursors.put_nowait(cursor)
        return rows

    @staticmethod
    async def _answer(send: Send, status: int, body: bytes) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        for _ in range(CONNECTIONS):
            connection = await AsyncConnection.connect(
                self._database, autocommit=True, options="-c plan_cache_mode=force_generic_plan"
            )
            self._cursors.put_nowait(connection.cursor(binary=True))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


if __name__ == "__main__":
    uvicorn.run(
        Floor(sys.argv[1]),
        port=int(sys.argv[2]),
        access_log=False,
        server_header=False,
        log_level="warning",
    )
