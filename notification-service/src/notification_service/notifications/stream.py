"""Server-Sent Events: notifications and the unread count as they happen (WHATWG HTML §9.2)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from notification_service.notifications import queries
from notification_service.notifications.models import Notification
from notification_service.notifications.schemas import NotificationOut
from notification_service.notifications.service import TOPIC
from servicekit.access import Principal, StreamCaller
from servicekit.clock import now
from servicekit.database import Sessions
from servicekit.ids import uuid7
from servicekit.problems import TokenStale

LOOK_SECS = 1.0
POLL_SECS = 15.0
AT_ONCE = 50
OVERLAP_MS = 10_000

router = APIRouter(prefix="/notifications", tags=["notifications"])


class Nudges:
    """Wakes the streams of one person when something of theirs changed."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def wake(self, _topic: str, payload: dict[str, Any]) -> None:
        """Called by the hub for every message on the topic."""
        for waiting in self._waiting.get(str(payload.get("user_id")), ()):
            waiting.set()

    def join(self, user_id: UUID) -> asyncio.Event:
        """An event that is set at each change."""
        waiting = asyncio.Event()
        self._waiting.setdefault(str(user_id), set()).add(waiting)
        return waiting

    def leave(self, user_id: UUID, waiting: asyncio.Event) -> None:
        """Wake this one no longer."""
        others = self._waiting.get(str(user_id), set())
        others.discard(waiting)
        if not others:
            self._waiting.pop(str(user_id), None)


def listen(hub: Any) -> Nudges:
    """Nudges fed by the live fan-out."""
    nudges = Nudges()
    hub.subscribe(TOPIC, nudges.wake)
    return nudges


@router.get("/stream", response_class=EventSourceResponse)
async def stream_notifications(
    request: Request,
    caller: StreamCaller,
    last_event_id: Annotated[UUID | None, Header(alias="Last-Event-ID")] = None,
    last_id: Annotated[UUID | None, Query()] = None,
) -> AsyncIterator[ServerSentEvent]:
    """`notification.created` and `unread.counted`; resumes after `Last-Event-ID` or `?last_id=`.

    The stream ends when the token expires, also the one that a ticket was asked with, or its person
    loses a right; reconnect with a fresh one. A used ticket is answered 401 `ticket-spent`.
    """
    state = request.app.state
    waiting = state.nudges.join(caller.user_id)
    try:
        async for event in _follow(state, caller, waiting, last_event_id or last_id):
            yield event
    finally:
        state.nudges.leave(caller.user_id, waiting)


class _Shown:
    """Which notifications this stream has shown, and from where it looks on.

    Ids are made before the commit, so an older one may appear after a newer: each look goes ten
    seconds back, and passes over what was shown. A stream that resumes never looks before `start`.
    """

    def __init__(self, start: UUID) -> None:
        self.start = self.newest = start
        self.ids: set[UUID] = set()

    @property
    def after(self) -> UUID:
        """Where the next look begins."""
        return max(self.start, _before(self.newest))

    def add(self, row_id: UUID) -> bool:
        """Remember it. Returns whether it is the newest: others must not move the client back."""
        is_newest = row_id > self.newest
        self.newest = max(self.newest, row_id)
        self.ids = {one for one in self.ids | {row_id} if one > self.after}
        return is_newest


def _before(newest: UUID) -> UUID:
    """The first id of ten seconds earlier: a UUIDv7 begins with its milliseconds."""
    return UUID(int=max(0, (newest.int >> 80) - OVERLAP_MS) << 80)


async def _follow(
    state: Any, caller: Principal, waiting: asyncio.Event, after: UUID | None
) -> AsyncIterator[ServerSentEvent]:
    shown = await _begin(state.sessions, caller.user_id, after)
    counted: int | None = None
    while True:
        waiting.clear()
        rows, unread = await _news(state.sessions, caller.user_id, shown)
        for row in rows:
            yield _created(row, resumable=shown.add(row.id))
        if unread != counted:
            counted = unread
            yield _frame("unread.counted", uuid7(), {"unread_count": unread}, resumable=False)
        if len(rows) < AT_ONCE and not await _wait(state, caller, waiting):
            return


async def _begin(sessions: Sessions, user_id: UUID, after: UUID | None) -> _Shown:
    """Resume after `after`; a new stream passes over what there is."""
    if after is not None:
        return _Shown(after)
    async with sessions() as session:
        newest = await queries.get_newest_id(session, user_id=user_id)
        shown = _Shown(_before(newest))
        for row in await queries.list_notifications_after(
            session, user_id=user_id, after=shown.start, limit=None
        ):
            shown.add(row.id)
    return shown


async def _news(sessions: Sessions, user_id: UUID, shown: _Shown) -> tuple[list[Notification], int]:
    async with sessions() as session:
        rows = await queries.list_notifications_after(
            session, user_id=user_id, after=shown.after, but=shown.ids, limit=AT_ONCE
        )
        unread = await queries.count_unread(session, user_id=user_id)
    return list(rows), unread


async def _wait(state: Any, caller: Principal, waiting: asyncio.Event) -> bool:
    """Until there may be news; False when the stream has to end."""
    for _ in range(int(POLL_SECS / LOOK_SECS)):
        try:
            state.revocations.check(caller)
        except TokenStale:
            return False
        if caller.expires_at <= now() or state.stopping.is_set():
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECS):
                await waiting.wait()
            return True
    return True


def _created(row: Notification, *, resumable: bool) -> ServerSentEvent:
    data = NotificationOut.model_validate(row).model_dump(mode="json")
    return _frame("notification.created", row.id, data, resumable=resumable)


def _frame(kind: str, frame_id: UUID, data: dict[str, Any], *, resumable: bool) -> ServerSentEvent:
    frame = {"type": kind, "id": str(frame_id), "at": now().isoformat(), "data": data}
    return ServerSentEvent(data=frame, event=kind, id=str(frame_id) if resumable else None)
