"""Delivers webhooks: at least once, retried with growing pauses for a day."""

import asyncio
import contextlib
import logging
import sqlite3
import time

import httpx2

from sandbox.razorpay import queries
from sandbox.razorpay.account import Account
from sandbox.razorpay.refunds import settle_due_refunds

ANSWER_SECONDS = 5
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30
GIVEN_UP_AFTER_SECONDS = 24 * 3600
LANES = 16

log = logging.getLogger(__name__)


async def send_webhooks(account: Account) -> None:
    """Run until cancelled. What is not delivered by then is found again at the next start."""
    timeout = httpx2.Timeout(ANSWER_SECONDS)
    busy: set[str] = set()
    async with (
        httpx2.AsyncClient(timeout=timeout, trust_env=False) as client,
        asyncio.TaskGroup() as deliveries,
    ):
        while True:
            account.news.clear()
            now = time.time()
            settle_due_refunds(account, at=now)
            for delivery in _due(account, busy, at=now):
                busy.add(delivery["lane"])
                deliveries.create_task(_deliver(account, client, delivery, busy))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(account.news.wait(), _pause(account, at=now))


def _due(account: Account, busy: set[str], *, at: float) -> list[sqlite3.Row]:
    """The first due delivery of every lane that is not busy. Without an address nothing is due."""
    if account.webhook_url is None or len(busy) >= LANES:
        return []
    found = account.store.execute(
        "SELECT seq, lane FROM deliveries WHERE state = 'pending' AND next_at <= ?"
        " ORDER BY next_at, seq LIMIT 1000",
        (at,),
    )
    firsts: dict[str, int] = {}
    for row in found:
        if row["lane"] not in busy:
            firsts.setdefault(row["lane"], row["seq"])
    wanted = list(firsts.values())[: LANES - len(busy)]
    return [
        account.store.execute("SELECT * FROM deliveries WHERE seq = ?", (seq,)).fetchone()
        for seq in wanted
    ]


def _pause(account: Account, *, at: float) -> float | None:
    """Seconds until something more is due; None is until there is news.

    What is due already and waits for its lane is started by the news of the delivery that ends.
    """
    settlement = queries.next_settlement(account.store)
    delivery = account.store.execute(
        "SELECT min(next_at) FROM deliveries WHERE state = 'pending' AND next_at > ?", (at,)
    ).fetchone()[0]
    known = [due for due in (settlement, delivery) if due is not None]
    return max(0.0, min(known) - time.time()) if known else None


async def _deliver(
    account: Account, client: httpx2.AsyncClient, delivery: sqlite3.Row, busy: set[str]
) -> None:
    status, error = None, None
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            status = await _post(account, client, delivery)
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as failed:
        error = f"{type(failed).__name__}: {failed}"[:200]
    finally:
        # Also when the process is stopped: an unfinished attempt stays pending.
        busy.discard(delivery["lane"])
        account.news.set()

    _record(account, delivery, status=status, error=error)


async def _post(account: Account, client: httpx2.AsyncClient, delivery: sqlite3.Row) -> int:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Razorpay-Webhook/v1",
        "X-Razorpay-Signature": delivery["signature"],
        "x-razorpay-event-id": delivery["event_id"],
    }
    answer = await client.post(str(account.webhook_url), content=delivery["body"], headers=headers)
    return answer.status_code


def _record(
    account: Account, delivery: sqlite3.Row, *, status: int | None, error: str | None
) -> None:
    now = time.time()
    attempts = delivery["attempts"] + 1
    if status is not None and 200 <= status < 300:
        state, next_at, delivered_at = "delivered", delivery["next_at"], now
    else:
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(attempts - 1, 10))
        state, next_at, delivered_at = "pending", now + pause, None
        if now - delivery["created_at"] > GIVEN_UP_AFTER_SECONDS:
            state = "expired"
        log.info(
            "webhook not delivered",
            extra={"event": delivery["event"], "status": status, "error": error},
        )
    account.store.execute(
        "UPDATE deliveries SET state = ?, attempts = ?, next_at = ?, delivered_at = ?,"
        " last_status = ?, last_error = ? WHERE seq = ?",
        (state, attempts, next_at, delivered_at, status, error, delivery["seq"]),
    )
