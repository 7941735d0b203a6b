"""The floor of rows 3 and 5: a bare ASGI application around one statement; nothing else."""

import asyncio
import json
import sys
from typing import Any
from urllib.parse import parse_qsl

import orjson
import uvicorn
from psycopg import AsyncConnection, AsyncCursor
from starlette.types import Receive, Scope, Send

from content_service.feed.queries import HOME, NEWEST, whole
from content_service.posts.queries import PUBLISH
from servicekit.clock import now
from servicekit.ids import uuid7

CONNECTIONS = 4
PAGE = 21
FEED = whole(HOME, PAGE).encode()
CREATE = PUBLISH.encode()
# What of a post and its event is the same for all that the bench writes.
POST = {
    "content_type": "TEXT",
    "media_urls": [],
    "visibility": "PUBLIC",
    "status": "PUBLISHED",
    "specialty_tags": [],
    "hashtags": ["acs"],
    "source_version": 0,
    "like_count": 0,
    "comment_count": 0,
    "bookmark_count": 0,
    "text_version": 1,
    "version": 1,
}
DOCUMENT = {"kind": "POST", "visibility": "PUBLIC", "facts": "{}", "removed": False, "version": 1}
EVENT = {"said_type": "post.published", "said_target": "", "said_version": 1}


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
        made, at = str(uuid7()), now()
        shown = {"id": made, "author_id": me, "published_at": at, **POST, **body}
        post = orjson.dumps({**shown, "created_at": at, "feed_id": made, "card": shown})
        known = orjson.dumps({"post_id": made, **POST}).decode()
        values = {
            "post": post.decode(),
            "id": made,
            "owner_id": me,
            **body,
            **DOCUMENT,
            "said_id": made,
            "said_aggregate": f"post/{made}",
            "said_payload": known,
            "said_headers": known,
            "said_created_at": at,
            **EVENT,
        }
        await self._run(CREATE, values)
        return post

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
