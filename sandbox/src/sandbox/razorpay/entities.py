"""Orders, payments and refunds, field by field as Razorpay documents them."""

import secrets
import string
import time
from typing import Any

from sandbox.razorpay.schemas import OrderIn, PayIn, RefundIn

Entity = dict[str, Any]

_LETTERS = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """An id of Razorpay's form: prefix and 14 letters or digits."""
    return f"{prefix}_{''.join(secrets.choice(_LETTERS) for _ in range(14))}"


def new_order(wanted: OrderIn) -> Entity:
    """A fresh order that nobody has tried to pay."""
    return {
        "id": new_id("order"),
        "entity": "order",
        "amount": wanted.amount,
        "amount_paid": 0,
        "amount_due": wanted.amount,
        "currency": wanted.currency,
        "receipt": wanted.receipt,
        "offer_id": None,
        "status": "created",
        "attempts": 0,
        "notes": wanted.notes or [],
        "created_at": int(time.time()),
    }


def new_payment(order: Entity, act: PayIn) -> Entity:
    """A payment that its bank has authorized."""
    return {
        "id": new_id("pay"),
        "entity": "payment",
        "amount": order["amount"],
        "currency": order["currency"],
        "status": "authorized",
        "order_id": order["id"],
        "invoice_id": None,
        "international": False,
        "method": act.method,
        "amount_refunded": 0,
        "refund_status": None,
        "captured": False,
        "description": None,
        "card_id": None,
        "bank": None,
        "wallet": None,
        "vpa": None,
        "email": act.email,
        "contact": act.contact,
        "notes": order["notes"],
        "fee": None,
        "tax": None,
        "error_code": None,
        "error_description": None,
        "error_source": None,
        "error_step": None,
        "error_reason": None,
        "created_at": int(time.time()),
    } | _instrument(act.method)


def _instrument(method: str) -> Entity:
    reference = f"{secrets.randbelow(10**12):012d}"
    if method == "card":
        card_id = new_id("card")
        card = {
            "id": card_id,
            "entity": "card",
            "name": "Gaurav Kumar",
            "last4": "1111",
            "network": "Visa",
            "type": "debit",
            "issuer": None,
            "international": False,
            "emi": False,
            "sub_type": "consumer",
            "token_iin": None,
        }
        acquirer = {"auth_code": reference[:6], "rrn": reference}
        return {"card_id": card_id, "card": card, "acquirer_data": acquirer}
    if method == "netbanking":
        return {"bank": "HDFC", "acquirer_data": {"bank_transaction_id": reference}}
    if method == "wallet":
        return {"wallet": "payzapp", "acquirer_data": {"transaction_id": reference}}
    vpa = "gaurav.kumar@upi"
    return {
        "vpa": vpa,
        "upi": {"payer_account_type": "bank_account", "vpa": vpa, "flow": "collect"},
        "acquirer_data": {"rrn": reference, "upi_transaction_id": secrets.token_hex(16).upper()},
    }


def failure() -> Entity:
    """What a payment says of itself when the bank declined it."""
    return {
        "status": "failed",
        "error_code": "BAD_REQUEST_ERROR",
        "error_description": "Payment failed",
        "error_source": "bank",
        "error_step": "payment_authorization",
        "error_reason": "payment_failed",
    }


def no_failure() -> Entity:
    """The error members of a payment with which all is well."""
    names = ("code", "description", "source", "step", "reason")
    return {f"error_{name}": None for name in names}


def charges(amount: int) -> Entity:
    """Fee of two percent and the tax on it, in minor units; the fee includes the tax."""
    fee = amount * 2 // 100
    tax = fee * 18 // 100
    return {"fee": fee + tax, "tax": tax}


def new_refund(payment: Entity, wanted: RefundIn, *, amount: int) -> Entity:
    """A refund that the bank has accepted."""
    return {
        "id": new_id("rfnd"),
        "entity": "refund",
        "amount": amount,
        "currency": payment["currency"],
        "payment_id": payment["id"],
        "notes": wanted.notes or [],
        "receipt": wanted.receipt,
        "acquirer_data": {"arn": None},
        "created_at": int(time.time()),
        "batch_id": None,
        "status": "pending",
        "speed_processed": "normal",
        "speed_requested": wanted.speed,
    }


def collection(items: list[Entity]) -> Entity:
    """A list as Razorpay answers it."""
    return {"entity": "collection", "count": len(items), "items": items}
