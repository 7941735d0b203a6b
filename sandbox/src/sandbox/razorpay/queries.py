"""The books: SQL over orders, payments and refunds."""

import json
import re
import sqlite3
from typing import Any

from sandbox.razorpay.entities import Entity
from sandbox.razorpay.errors import NoSuchId, Refusal
from sandbox.razorpay.schemas import OrderPage, Page


def check_id(value: str, prefix: str) -> None:
    """Refuse what could not be an id of this kind."""
    if not re.fullmatch(rf"{prefix}_[A-Za-z0-9]{{14}}", value):
        raise Refusal(f"{value[:60]} is not a valid id")


def insert_order(store: sqlite3.Connection, order: Entity, *, captures: bool) -> None:
    """Enter a new order."""
    store.execute(
        "INSERT INTO orders (id, receipt, created_at, captures, entity) VALUES (?, ?, ?, ?, ?)",
        (order["id"], order["receipt"], order["created_at"], captures, json.dumps(order)),
    )


def save_order(store: sqlite3.Connection, order: Entity) -> None:
    """Write an order back."""
    store.execute("UPDATE orders SET entity = ? WHERE id = ?", (json.dumps(order), order["id"]))


def mark_authorized(store: sqlite3.Connection, order_id: str) -> None:
    """Remember that some payment of the order was authorized."""
    store.execute("UPDATE orders SET authorized = 1 WHERE id = ?", (order_id,))


def get_order(store: sqlite3.Connection, order_id: str) -> Entity:
    """An order, or the refusal that Razorpay answers."""
    check_id(order_id, "order")
    return _one(store.execute("SELECT entity FROM orders WHERE id = ?", (order_id,)))


def order_captures(store: sqlite3.Connection, order_id: str) -> bool:
    """Whether payments of the order are captured by themselves."""
    row = store.execute("SELECT captures FROM orders WHERE id = ?", (order_id,)).fetchone()
    return bool(row and row["captures"])


def list_orders(store: sqlite3.Connection, page: OrderPage) -> list[Entity]:
    """Orders, newest first."""
    authorized = None if page.authorized is None else int(page.authorized)
    return _all(
        store.execute(
            "SELECT entity FROM orders WHERE (:receipt IS NULL OR receipt = :receipt)"
            " AND (:authorized IS NULL OR authorized = :authorized)"
            " AND created_at BETWEEN :since AND :to ORDER BY seq DESC LIMIT :count OFFSET :skip",
            {"receipt": page.receipt, "authorized": authorized} | _bounds(page),
        )
    )


def insert_payment(store: sqlite3.Connection, payment: Entity) -> None:
    """Enter a new payment."""
    store.execute(
        "INSERT INTO payments (id, order_id, created_at, entity) VALUES (?, ?, ?, ?)",
        (payment["id"], payment["order_id"], payment["created_at"], json.dumps(payment)),
    )


def save_payment(store: sqlite3.Connection, payment: Entity) -> None:
    """Write a payment back."""
    store.execute(
        "UPDATE payments SET entity = ? WHERE id = ?", (json.dumps(payment), payment["id"])
    )


def get_payment(store: sqlite3.Connection, payment_id: str) -> Entity:
    """A payment, or the refusal that Razorpay answers."""
    check_id(payment_id, "pay")
    return _one(store.execute("SELECT entity FROM payments WHERE id = ?", (payment_id,)))


def list_payments(store: sqlite3.Connection, page: Page) -> list[Entity]:
    """Payments, newest first."""
    return _all(
        store.execute(
            "SELECT entity FROM payments WHERE created_at BETWEEN :since AND :to"
            " ORDER BY seq DESC LIMIT :count OFFSET :skip",
            _bounds(page),
        )
    )


def list_payments_of(store: sqlite3.Connection, order_id: str) -> list[Entity]:
    """All payments of an order, newest first."""
    return _all(
        store.execute(
            "SELECT entity FROM payments WHERE order_id = ? ORDER BY seq DESC", (order_id,)
        )
    )


def insert_refund(
    store: sqlite3.Connection, refund: Entity, *, settles_at: float | None, settles_as: str | None
) -> None:
    """Enter a new refund; one that is still pending says when it settles, and how."""
    store.execute(
        "INSERT INTO refunds (id, payment_id, created_at, settles_at, settles_as, entity)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            refund["id"],
            refund["payment_id"],
            refund["created_at"],
            settles_at,
            settles_as,
            json.dumps(refund),
        ),
    )


def save_settled_refund(store: sqlite3.Connection, refund: Entity) -> None:
    """Write a refund back that waits for nothing any more."""
    store.execute(
        "UPDATE refunds SET entity = ?, settles_at = NULL WHERE id = ?",
        (json.dumps(refund), refund["id"]),
    )


def save_refund(store: sqlite3.Connection, refund: Entity) -> None:
    """Write a refund back."""
    store.execute("UPDATE refunds SET entity = ? WHERE id = ?", (json.dumps(refund), refund["id"]))


def get_refund(store: sqlite3.Connection, refund_id: str) -> Entity:
    """A refund, or the refusal that Razorpay answers."""
    check_id(refund_id, "rfnd")
    return _one(store.execute("SELECT entity FROM refunds WHERE id = ?", (refund_id,)))


def list_refunds(
    store: sqlite3.Connection, page: Page, *, payment_id: str | None = None
) -> list[Entity]:
    """Refunds, newest first, of one payment or of all."""
    return _all(
        store.execute(
            "SELECT entity FROM refunds WHERE (:payment_id IS NULL OR payment_id = :payment_id)"
            " AND created_at BETWEEN :since AND :to ORDER BY seq DESC LIMIT :count OFFSET :skip",
            {"payment_id": payment_id} | _bounds(page),
        )
    )


def list_refunds_due(store: sqlite3.Connection, at: float) -> list[tuple[Entity, str]]:
    """Pending refunds whose time has come, each with how it ends."""
    due = store.execute("SELECT entity, settles_as FROM refunds WHERE settles_at <= ?", (at,))
    return [(json.loads(row["entity"]), row["settles_as"]) for row in due]


def next_settlement(store: sqlite3.Connection) -> float | None:
    """When the next pending refund settles."""
    found: float | None = store.execute("SELECT min(settles_at) FROM refunds").fetchone()[0]
    return found


def _bounds(page: Page) -> dict[str, Any]:
    return {"since": page.since, "to": page.to, "count": page.count, "skip": page.skip}


def _one(found: sqlite3.Cursor) -> Entity:
    row = found.fetchone()
    if row is None:
        raise NoSuchId
    entity: Entity = json.loads(row["entity"])
    return entity


def _all(found: sqlite3.Cursor) -> list[Entity]:
    return [json.loads(row["entity"]) for row in found]
