"""Saying something: rows that share the transaction, and what is sent once it is committed."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from contracts.event import Event
from servicekit.clock import now
from servicekit.ids import uuid7
from servicekit.messaging.envelope import (
    Headers,
    body_as_text,
    headers_as_json,
    headers_of,
    routing_key,
)

SAID = """
    INSERT INTO outbox (id, type, target, aggregate, version, payload, headers, created_at)
    VALUES (%(said_id)s, %(said_type)s, %(said_target)s, %(said_aggregate)s, %(said_version)s,
            %(said_payload)s, CAST(%(said_headers)s AS jsonb), %(said_created_at)s)
"""
"""An outbox row as a part of a statement that goes to psycopg itself; see `said_values`."""
_INSERT = text(re.sub(r"%\(said_(\w+)\)s", r":\1", SAID))


class EngineSide(Protocol):
    """What a process does after a commit; sessions carry it in `info["engine_side"]`."""

    def published(self) -> None:
        """Rows were added to the outbox."""

    def live(self, topic: str, payload: dict[str, Any]) -> None:
        """Send `payload` to whoever listens to `topic` now."""


@dataclass(frozen=True, slots=True)
class _Said:
    """Something said in an open transaction. `inside` is the savepoint it was said in."""

    inside: SessionTransaction | None
    row: dict[str, Any] | None = None
    live: tuple[str, dict[str, Any]] | None = None


def publish(session: AsyncSession, event: Event) -> None:
    """Announce `event` in this transaction, after every change that was made before the commit.

    The aggregate's row is written, and so locked, before the outbox row draws its `seq`: two
    transactions cannot publish an aggregate's events swapped. The event gets its id and time.
    """
    _say(session, row=_row(event))


def live(session: AsyncSession, topic: str, payload: dict[str, Any]) -> None:
    """Send `payload` to API processes and sockets after this transaction's commit. May be lost."""
    _say(session, live=(topic, payload))


def post(
    session: AsyncSession, *, target: str, headers: Headers, body: bytes, message_id: Any
) -> None:
    """Send raw bytes to the exchange `docfliq.dead` or to the queue `target`, by the relay."""
    payload, encoding = body_as_text(body)
    row = {
        "id": message_id,
        "type": str(headers.get("cloudEvents:type", "")),
        "target": target,
        # A letter waits for no other: its own id keeps it apart from the aggregate's events.
        "aggregate": f"letter/{message_id}",
        "version": 1,
        "payload": payload,
        "headers": headers_as_json({**headers, **encoding}),
        "created_at": now(),
    }
    _say(session, row=row)


def record(connection: Connection, events: Iterable[Event]) -> None:
    """`publish` for migrations, which have a plain connection: writes the outbox rows at once."""
    rows = [_row(event) for event in events]
    if rows:
        connection.execute(_INSERT, rows)


def said_values(event: Event) -> dict[str, Any]:
    """What `SAID` takes to announce `event`, which gets its id and time.

    The statement around it must write, and so lock, the aggregate's row as well.
    """
    return {f"said_{name}": value for name, value in _row(event).items()}


def write_pending(session: Session) -> None:
    """Flush the changes, then insert the outbox rows said so far, in the order they were said."""
    said: list[_Said] = session.info.get("said", [])
    rows = [one.row for one in said if one.row is not None]
    if not rows:
        return
    session.flush()
    session.execute(_INSERT, rows)
    session.info["said"] = [one for one in said if one.row is None]
    session.info["published"] = True


def _row(event: Event) -> dict[str, Any]:
    event.stamped(uuid7(), now())
    return {
        "id": event.event_id,
        "type": routing_key(type(event)),
        "target": "",
        "aggregate": event.subject,
        "version": event.version,
        "payload": event.model_dump_json(),
        "headers": json.dumps(headers_of(event)),
        "created_at": event.happened_at,
    }


def _say(session: AsyncSession, **what: Any) -> None:
    if not session.in_transaction():
        session.sync_session.begin()  # or a rollback would have nothing to undo
    inside = session.sync_session.get_nested_transaction()
    session.info.setdefault("said", []).append(_Said(inside, **what))


@event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    if session.info.get("said"):
        write_pending(session)


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    side: EngineSide | None = session.info.get("engine_side")
    said: list[_Said] = session.info.pop("said", [])
    published = session.info.pop("published", False)
    if side is None:
        return
    if published:
        side.published()
    for one in said:
        if one.live is not None:
            side.live(*one.live)


@event.listens_for(Session, "after_soft_rollback")
def _after_rollback(session: Session, ended: SessionTransaction) -> None:
    said: list[_Said] = session.info.get("said", [])
    if ended.nested:
        session.info["said"] = [one for one in said if one.inside is not ended]
    else:
        session.info.pop("said", None)
        session.info.pop("published", None)
