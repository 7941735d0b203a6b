"""The merchant's account at Razorpay: its keys, its books, its switched-on faults."""

import asyncio
import hashlib
import hmac
import sqlite3
from dataclasses import dataclass, field

from sandbox.faults import HTTP_FAULTS, Faults
from sandbox.settings import Settings
from sandbox.storage import open_store

WEBHOOK_FAULTS = frozenset(
    {
        "duplicate_webhook",
        "reorder_webhooks",
        "drop_webhook",
        "delay_webhook",
        "wrong_signature_webhook",
        "wrong_amount_webhook",
    }
)
REFUND_FAULTS = frozenset({"refund_pending", "refund_failed", "slow_refund"})

ACCOUNT_ID = "acc_DocfliqSandbox"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, receipt TEXT, created_at INTEGER NOT NULL,
    captures INTEGER NOT NULL, authorized INTEGER NOT NULL DEFAULT 0, entity TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_by_receipt ON orders (receipt);
CREATE TABLE IF NOT EXISTS payments (
    seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, order_id TEXT NOT NULL,
    created_at INTEGER NOT NULL, entity TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS payments_by_order ON payments (order_id);
CREATE TABLE IF NOT EXISTS refunds (
    seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, payment_id TEXT NOT NULL,
    created_at INTEGER NOT NULL, settles_at REAL, settles_as TEXT, entity TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS refunds_by_payment ON refunds (payment_id);
CREATE TABLE IF NOT EXISTS refund_keys (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, refund_id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY, event_id TEXT NOT NULL, event TEXT NOT NULL, lane TEXT NOT NULL,
    body BLOB NOT NULL, signature TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
    next_at REAL NOT NULL, created_at REAL NOT NULL, delivered_at REAL,
    last_status INTEGER, last_error TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (next_at) WHERE state = 'pending';
"""


@dataclass
class Account:
    """Everything that a use case needs to know."""

    store: sqlite3.Connection
    key_id: str
    key_secret: str
    webhook_secret: str
    webhook_url: str | None
    faults: Faults
    # Idempotency keys whose first request is still being worked on.
    refunding: set[str] = field(default_factory=set)
    # Set when there is something new for the webhook sender.
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def sign_webhook(self, body: bytes) -> str:
        """Hex HMAC-SHA256 of the raw body (docs: webhooks/validate-test)."""
        return hmac.new(self.webhook_secret.encode(), body, hashlib.sha256).hexdigest()

    def sign_payment(self, order_id: str, payment_id: str) -> str:
        """What checkout hands to the buyer's page, which the merchant verifies."""
        said = f"{order_id}|{payment_id}".encode()
        return hmac.new(self.key_secret.encode(), said, hashlib.sha256).hexdigest()


def open_account(settings: Settings) -> Account:
    """The account as it was left, or an empty one."""
    return Account(
        store=open_store(settings.state_dir / "razorpay.sqlite3", _SCHEMA),
        key_id=settings.razorpay_key_id,
        key_secret=settings.razorpay_key_secret.get_secret_value(),
        webhook_secret=settings.razorpay_webhook_secret.get_secret_value(),
        webhook_url=settings.webhook_url,
        faults=Faults(HTTP_FAULTS | WEBHOOK_FAULTS | REFUND_FAULTS),
    )
