"""What happens to payments: a person pays, the merchant captures, a bank changes its mind."""

from sandbox.razorpay import queries
from sandbox.razorpay.account import Account
from sandbox.razorpay.entities import Entity, charges, failure, new_payment, no_failure
from sandbox.razorpay.errors import Refusal
from sandbox.razorpay.schemas import CaptureIn, PayIn
from sandbox.razorpay.webhooks import announce
from sandbox.storage import transaction


def pay(account: Account, *, order_id: str, act: PayIn) -> Entity:
    """A person pays an order, or fails to.

    A paid order can be paid again, as a late second payment does in real life. `captured` captures
    only where the order captures by itself; where the merchant captures, it means `authorized`.
    """
    with transaction(account.store):
        order = queries.get_order(account.store, order_id)
        payment = new_payment(order, act)
        order["attempts"] += 1
        if order["status"] == "created":
            order["status"] = "attempted"
        queries.save_order(account.store, order)

        if act.outcome == "failed":
            payment |= failure()
            queries.insert_payment(account.store, payment)
            announce(account, [("payment.failed", {"payment": payment})], lane=order_id)
            return payment

        queries.insert_payment(account.store, payment)
        return _authorize(account, payment, captures=act.outcome == "captured")


def authorize_late(account: Account, *, payment_id: str) -> Entity:
    """The bank says yes to a payment that it had declined (docs: late authorisation)."""
    with transaction(account.store):
        payment = queries.get_payment(account.store, payment_id)
        if payment["status"] != "failed":
            raise Refusal("Only a failed payment can be authorized late")
        return _authorize(account, payment | no_failure(), captures=True)


def capture(account: Account, *, payment_id: str, wanted: CaptureIn) -> Entity:
    """The merchant takes the money of an authorized payment: all of it, once."""
    with transaction(account.store):
        payment = queries.get_payment(account.store, payment_id)
        _check_capture(account, payment, wanted)
        captured, events = _captured(account, payment)
        announce(account, events, lane=payment["order_id"])
        return captured


def _check_capture(account: Account, payment: Entity, wanted: CaptureIn) -> None:
    if payment["captured"]:
        raise Refusal("This payment has already been captured")
    if payment["status"] != "authorized":
        raise Refusal(
            "Only payments which have been authorized and not yet captured can be captured"
        )
    if (wanted.amount, wanted.currency) != (payment["amount"], payment["currency"]):
        raise Refusal("Capture amount must be equal to the amount authorized", field="amount")
    if queries.get_order(account.store, payment["order_id"])["status"] == "paid":
        raise Refusal(
            "Your payment has been declined as the order is already paid."
            " Please initiate the payment with a new order."
        )


def _authorize(account: Account, payment: Entity, *, captures: bool) -> Entity:
    authorized = payment | {"status": "authorized"}
    queries.save_payment(account.store, authorized)
    queries.mark_authorized(account.store, payment["order_id"])
    events = [("payment.authorized", {"payment": authorized})]

    if captures and queries.order_captures(account.store, payment["order_id"]):
        captured, more = _captured(account, authorized)
        announce(account, events + more, lane=payment["order_id"])
        return captured
    announce(account, events, lane=payment["order_id"])
    return authorized


def _captured(
    account: Account, payment: Entity
) -> tuple[Entity, list[tuple[str, dict[str, Entity]]]]:
    """The payment with its money taken, and the events of that. The first one pays the order."""
    captured = payment | {"status": "captured", "captured": True} | charges(payment["amount"])
    queries.save_payment(account.store, captured)
    events = [("payment.captured", {"payment": captured})]

    order = queries.get_order(account.store, payment["order_id"])
    if order["status"] != "paid":
        order |= {"status": "paid", "amount_paid": order["amount"], "amount_due": 0}
        queries.save_order(account.store, order)
        events.append(("order.paid", {"payment": captured, "order": order}))
    return captured, events
