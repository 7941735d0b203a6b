"""Refunds: asked for once per idempotency key, settled at once or, by a fault, later or never."""

import asyncio
import hashlib
import json
import re
import time

from sandbox.faults import Fault
from sandbox.razorpay import queries
from sandbox.razorpay.account import Account
from sandbox.razorpay.entities import Entity, new_refund
from sandbox.razorpay.errors import Refusal
from sandbox.razorpay.schemas import RefundIn
from sandbox.razorpay.webhooks import announce
from sandbox.storage import transaction


async def refund(account: Account, *, payment_id: str, wanted: RefundIn, key: str | None) -> Entity:
    """Give money of a captured payment back.

    With an idempotency key the same request is answered with the same refund; another body under
    the key is refused, and so (409) is a repetition while the first is still being worked on
    (docs: api/refunds/normal-refunds-idempotent).
    """
    if key is None:
        return _refund(account, payment_id=payment_id, wanted=wanted)
    if not re.fullmatch(r"[A-Za-z0-9_-]{10,200}", key):
        raise Refusal(
            "The idempotency key must be at least 10 characters long and can contain alphabets,"
            " numbers, hyphens and underscores only."
        )
    if key in account.refunding:
        raise Refusal(
            "Request failed because another refund with the same idempotency key is in progress",
            status=409,
        )

    account.refunding.add(key)
    try:
        slow = account.faults.take(lambda fault: fault.kind == "slow_refund")
        if slow is not None:
            await asyncio.sleep(10 if slow.seconds is None else slow.seconds)
        return _refund(account, payment_id=payment_id, wanted=wanted, key=key)
    finally:
        account.refunding.discard(key)


def _refund(
    account: Account, *, payment_id: str, wanted: RefundIn, key: str | None = None
) -> Entity:
    with transaction(account.store):
        said = _fingerprint(payment_id, wanted)
        earlier = None if key is None else _find_earlier(account, key, said)
        if earlier is not None:
            return earlier

        payment = queries.get_payment(account.store, payment_id)
        amount = _amount_of(payment, wanted)
        made = new_refund(payment, wanted, amount=amount)
        fault = account.faults.take(lambda fault: fault.kind in {"refund_pending", "refund_failed"})
        _enter(account, payment, made, fault)
        if key is not None:
            account.store.execute(
                "INSERT INTO refund_keys VALUES (?, ?, ?)", (key, said, made["id"])
            )
        return queries.get_refund(account.store, made["id"])


def _fingerprint(payment_id: str, wanted: RefundIn) -> str:
    said = [payment_id, wanted.model_dump(include=set(RefundIn.model_fields))]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _find_earlier(account: Account, key: str, said: str) -> Entity | None:
    found = account.store.execute(
        "SELECT request, refund_id FROM refund_keys WHERE key = ?", (key,)
    ).fetchone()
    if found is None:
        return None
    if found["request"] != said:
        raise Refusal("Different request with the same idempotency key has already been processed.")
    return queries.get_refund(account.store, found["refund_id"])


def _amount_of(payment: Entity, wanted: RefundIn) -> int:
    if not payment["captured"]:
        raise Refusal("The payment status should be captured for action to be taken")
    left: int = payment["amount"] - payment["amount_refunded"]
    if left == 0:
        raise Refusal("The payment has been fully refunded already")
    amount = left if wanted.amount is None else wanted.amount
    if amount > left:
        raise Refusal("The refund amount provided is greater than amount captured", field="amount")
    return amount


def _enter(account: Account, payment: Entity, made: Entity, fault: Fault | None) -> None:
    payment = _with_refunded(payment, payment["amount_refunded"] + made["amount"])
    queries.save_payment(account.store, payment)
    created = ("refund.created", {"refund": made, "payment": payment})
    if fault is not None:
        settles_as = "failed" if fault.kind == "refund_failed" else "processed"
        at = time.time() + (2 if fault.seconds is None else fault.seconds)
        queries.insert_refund(account.store, made, settles_at=at, settles_as=settles_as)
        announce(account, [created], lane=payment["order_id"])
        return

    processed = made | {"status": "processed"}
    queries.insert_refund(account.store, processed, settles_at=None, settles_as=None)
    settled = ("refund.processed", {"refund": processed, "payment": payment})
    announce(account, [created, settled], lane=payment["order_id"])


def settle_due_refunds(account: Account, *, at: float) -> None:
    """End the pending refunds whose time has come. A failed one gives the amount back."""
    with transaction(account.store):
        for waiting, ending in queries.list_refunds_due(account.store, at):
            payment = queries.get_payment(account.store, waiting["payment_id"])
            if ending == "failed":
                payment = _with_refunded(payment, payment["amount_refunded"] - waiting["amount"])
                queries.save_payment(account.store, payment)
            settled = waiting | {"status": ending}
            queries.save_settled_refund(account.store, settled)
            event = (f"refund.{ending}", {"refund": settled, "payment": payment})
            announce(account, [event], lane=payment["order_id"])


def _with_refunded(payment: Entity, refunded: int) -> Entity:
    if refunded == payment["amount"]:
        states: Entity = {"status": "refunded", "refund_status": "full"}
    else:
        states = {"status": "captured", "refund_status": "partial" if refunded else None}
    return payment | {"amount_refunded": refunded} | states
