"""`Idempotency-Key`: the same key and body get the same answer for 24 hours.

The answer is stored in the transaction of its effect, so a crash leaves either both or neither.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import JSONResponse, Response

from servicekit.access.policies import Caller
from servicekit.database import Sessions
from servicekit.problems import Conflict, Unprocessable

KEY = Header(alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")

_PAUSES_SECS = (0.2, 0.5, 1, 2, 5, 10, 20)
_freeing: set[asyncio.Task[None]] = set()


class IdempotencyKeyReused(Unprocessable):
    """This Idempotency-Key came with another body before. Take a new key for a new request."""

    title = "The Idempotency-Key came with another body before"


class RequestInFlight(Conflict):
    """The first request with this Idempotency-Key is still being worked on. Ask again shortly."""

    title = "The first request with this key is still being worked on"


class Replay(Exception):
    """The stored answer of an earlier request, given again."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class Once:
    """One keyed request. `answer()` renders the result and keeps it in the caller's transaction."""

    def __init__(self, claim: tuple[UUID, str, str] | None) -> None:
        self._claim = claim

    async def answer(
        self,
        session: AsyncSession,
        out: BaseModel,
        *,
        status: int = 201,
        location: str | None = None,
    ) -> Response:
        """The response for `out`; with a key, stored beside the effect for 24 hours."""
        body: Any = out.model_dump(mode="json")
        if self._claim is not None:
            await session.execute(
                text(
                    "UPDATE idempotency_keys SET status = :status, location = :location, "
                    "body = CAST(:body AS jsonb) "
                    "WHERE caller_id = :caller AND route = :route AND key = :key"
                ),
                {
                    "status": status,
                    "location": location,
                    "body": json.dumps(body),
                    **_named(self._claim),
                },
            )
        return _response(status, location, body)


def _named(claim: tuple[UUID, str, str]) -> dict[str, Any]:
    return dict(zip(("caller", "route", "key"), claim, strict=True))


def _response(status: int, location: str | None, body: Any) -> Response:
    headers = {"Location": location} if location else {}
    return JSONResponse(body, status_code=status, headers=headers)


_CLAIM = text(
    "INSERT INTO idempotency_keys (caller_id, route, key, body_sha256, claimed_at) "
    "VALUES (:caller, :route, :key, :digest, now()) "
    "ON CONFLICT (caller_id, route, key) DO UPDATE "
    "SET claimed_at = now(), status = NULL, body = NULL, body_sha256 = excluded.body_sha256 "
    "WHERE idempotency_keys.claimed_at < now() - interval '24 hours' "
    "OR (idempotency_keys.status IS NULL AND idempotency_keys.body_sha256 = excluded.body_sha256 "
    "AND idempotency_keys.claimed_at < now() - interval '60 seconds') RETURNING 1"
)
_FIND = text(
    "SELECT body_sha256, status, location, body FROM idempotency_keys "
    "WHERE caller_id = :caller AND route = :route AND key = :key"
)
_FREE = text(
    "DELETE FROM idempotency_keys "
    "WHERE caller_id = :caller AND route = :route AND key = :key AND status IS NULL"
)


async def _claim(sessions: Sessions, claim: tuple[UUID, str, str], digest: bytes) -> None:
    async with sessions.begin() as session:
        if await session.scalar(_CLAIM, {**_named(claim), "digest": digest}):
            return
        found = (await session.execute(_FIND, _named(claim))).one_or_none()
    if found is None:
        raise RequestInFlight(headers={"Retry-After": "1"})
    if bytes(found.body_sha256) != digest:
        raise IdempotencyKeyReused
    if found.status is None:
        raise RequestInFlight(headers={"Retry-After": "1"})
    raise Replay(_response(found.status, found.location, found.body))


async def once(
    request: Request, caller: Caller, idempotency_key: Annotated[str | None, KEY] = None
) -> AsyncIterator[Once]:
    """Claim the key before the endpoint runs, and free it if the endpoint refuses or fails."""
    if idempotency_key is None:
        yield Once(None)
        return
    sessions: Sessions = request.app.state.sessions
    claim = (caller.user_id, f"{request.method} {request.url.path}", idempotency_key)
    digest = hashlib.sha256(await request.body()).digest()
    await _claim(sessions, claim, digest)
    try:
        yield Once(claim)
    finally:
        await _free(sessions, claim)


async def _free(sessions: Sessions, claim: tuple[UUID, str, str]) -> None:
    """Free what kept no answer: a refusal, a fault, a commit that failed."""
    try:
        await _forget(sessions, claim)
    except (SQLAlchemyError, OSError):
        # Often the endpoint failed for the same want: the key must not be held for a minute.
        later = asyncio.create_task(_free_later(sessions, claim))
        _freeing.add(later)
        later.add_done_callback(_freeing.discard)


async def _free_later(sessions: Sessions, claim: tuple[UUID, str, str]) -> None:
    for pause in _PAUSES_SECS:
        await asyncio.sleep(pause)
        with suppress(SQLAlchemyError, OSError):
            return await _forget(sessions, claim)
    return None


async def _forget(sessions: Sessions, claim: tuple[UUID, str, str]) -> None:
    async with sessions.begin() as session:
        await session.execute(_FREE, _named(claim))


OncePerKey = Annotated[Once, Depends(once, scope="function")]
"""Declare it before `tx: Tx`, so that its claim outlives the transaction."""
