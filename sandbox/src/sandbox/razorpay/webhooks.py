"""Webhook events: written with the change that they tell of, delivered by the sender."""

import copy
import json
import secrets
import time
from dataclasses import astuple, dataclass
from typing import Any

from sandbox.faults import Fault
from sandbox.razorpay.account import ACCOUNT_ID, Account
from sandbox.razorpay.entities import Entity, new_id

KEPT_DELIVERIES = 10_000

Event = tuple[str, dict[str, Entity]]


@dataclass(frozen=True)
class _Delivery:
    event_id: str
    event: str
    lane: str
    body: bytes
    signature: str
    state: str
    next_at: float = 0


def announce(account: Account, events: list[Event], *, lane: str) -> None:
    """Queue the events of one change, each a snapshot of its entities as they are now.

    Runs inside the caller's transaction. Events of one lane (an order) go out one after another.
    """
    wanted: list[Event] = []
    for name, entities in events:
        if _take(account, "drop_webhook", name):
            _insert(account, _Delivery(new_event_id(), name, lane, b"{}", "", "dropped"))
        else:
            wanted.append((name, entities))
    if len(wanted) > 1 and _take(account, "reorder_webhooks", wanted[0][0]):
        wanted.reverse()

    for name, entities in wanted:
        delivery = _delivery(account, name, entities, lane=lane)
        for _ in range(2 if _take(account, "duplicate_webhook", name) else 1):
            _insert(account, delivery)
    _prune(account)
    account.news.set()


def _delivery(account: Account, name: str, entities: dict[str, Entity], *, lane: str) -> _Delivery:
    body = _body(name, _with_faults(account, name, entities))
    forged = _take(account, "wrong_signature_webhook", name)
    signature = secrets.token_hex(32) if forged else account.sign_webhook(body)
    late = _take(account, "delay_webhook", name)
    at = time.time() + (0 if late is None else 5 if late.seconds is None else late.seconds)
    return _Delivery(new_event_id(), name, lane, body, signature, "pending", at)


def new_event_id() -> str:
    """What tells a repetition from another event."""
    return new_id("evt").removeprefix("evt_")


def _take(account: Account, kind: str, event: str) -> Fault | None:
    return account.faults.take(lambda fault: fault.kind == kind and fault.event in {None, event})


def _with_faults(account: Account, name: str, entities: dict[str, Entity]) -> dict[str, Entity]:
    if not _take(account, "wrong_amount_webhook", name):
        return entities
    changed = copy.deepcopy(entities)
    for entity in changed.values():
        entity["amount"] += 100
    return changed


def _body(name: str, entities: dict[str, Entity]) -> bytes:
    event = {
        "entity": "event",
        "account_id": ACCOUNT_ID,
        "event": name,
        "contains": list(entities),
        "payload": {kind: {"entity": entity} for kind, entity in entities.items()},
        "created_at": int(time.time()),
    }
    return json.dumps(event, separators=(",", ":")).encode()


def _insert(account: Account, delivery: _Delivery) -> None:
    account.store.execute(
        "INSERT INTO deliveries"
        " (event_id, event, lane, body, signature, state, attempts, next_at, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)",
        (*astuple(delivery), time.time()),
    )


def _prune(account: Account) -> None:
    account.store.execute(
        "DELETE FROM deliveries WHERE state <> 'pending'"
        " AND seq <= (SELECT max(seq) FROM deliveries) - ?",
        (KEPT_DELIVERIES,),
    )


def list_deliveries(account: Account, *, limit: int) -> list[dict[str, Any]]:
    """What was sent, or is still to be sent, newest first."""
    found = account.store.execute("SELECT * FROM deliveries ORDER BY seq DESC LIMIT ?", (limit,))
    return [
        {
            "id": row["seq"],
            "event_id": row["event_id"],
            "event": row["event"],
            "state": row["state"],
            "attempts": row["attempts"],
            "next_at": row["next_at"] if row["state"] == "pending" else None,
            "created_at": row["created_at"],
            "delivered_at": row["delivered_at"],
            "last_status": row["last_status"],
            "last_error": row["last_error"],
            "body": json.loads(row["body"]),
        }
        for row in found
    ]


def resend(account: Account, seq: int) -> bool:
    """Deliver once more, same event id. False if there is no such delivery or it was dropped."""
    changed = account.store.execute(
        "UPDATE deliveries SET state = 'pending', attempts = 0, next_at = ?, created_at = ?"
        " WHERE seq = ? AND signature <> ''",
        (time.time(), time.time(), seq),
    )
    account.news.set()
    return changed.rowcount == 1
